"""``vilomem recall``, ``report``, ``export``, ``sql``, ``snapshots``: what a store knows."""

from __future__ import annotations

import base64
import json as json_module
import math
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from vilomem.cli import options
from vilomem.cli.options import Assignments, ConfigFile, Json, Snapshot, StorePath, output


def recall(
    question: Annotated[str, typer.Option(help="The question, without its options.")],
    image: Annotated[list[Path] | None, typer.Option(help="An image file (may be repeated).")] = None,
    subject: Annotated[str, typer.Option(help="The problem's subject, when it was analysed.")] = "",
    concepts: Annotated[str, typer.Option(help="Key concepts, separated by commas.")] = "",
    store: StorePath = None,
    snapshot: Snapshot = "latest",
    prompt: Annotated[bool, typer.Option("--prompt", help="Print the prompt section that a solver would get.")] = False,
    config: ConfigFile = None,
    set_: Assignments = None,
    json: Json = False,
) -> int:
    """Find the memories that warn of the mistakes at hand, and say why they were found."""
    from dataclasses import asdict

    from vilomem.memory import open_memory
    from vilomem_core.images import read_image
    from vilomem_core.types import Analysis

    settings = options.load(config, set_, store=store).settings
    names = tuple(name.strip() for name in concepts.split(",") if name.strip())
    pictures = [read_image(path, settings.reader.image_limits) for path in image or ()]
    memory = open_memory(settings.store, snapshot, settings=settings)
    hits = memory.recall(question, images=pictures, analysis=Analysis(subject, names) if subject or names else None)
    console = output()
    if json:
        console.print_json(data=[asdict(hit) for hit in hits])
    elif prompt:
        console.print(memory.prompt(hits), markup=False)
    elif not hits:
        console.print("nothing in this snapshot fits; a solver would get the plain question.")
    for hit in hits if not (json or prompt) else ():
        console.print(f"[bold]{hit.stream}[/] {hit.score:.3f}  {hit.memory_id}")
        console.print(f"  {hit.rule}", markup=False)
        console.print(f"  found by {hit.path}: " + ", ".join(f"{name} {value:.2f}" for name, value in hit.scores), style="dim")
    return 0


def report(
    store: StorePath = None,
    out: Annotated[Path | None, typer.Option(help="The HTML file.", show_default="STORE/report.html")] = None,
    config: ConfigFile = None,
) -> int:
    """Write one HTML page: accuracy, memory growth, top rules with their sources, rejections, failures, cost, snapshots."""
    from flows.report import report as report_flow  # its function is called: one page needs no orchestrator

    settings = options.load(config, None, store=store).settings
    path = report_flow.fn(settings.store, str(out) if out else None)
    output().print(f"report: {path}", markup=False)
    return 0


def export(
    out: Annotated[Path, typer.Option(help="The folder (bundle) or file (jsonl) to write.")],
    format: Annotated[str, typer.Option(help="bundle: for recall in other programs; jsonl: rules with their sources.")] = "bundle",  # noqa: A002
    store: StorePath = None,
    snapshot: Snapshot = "latest",
    config: ConfigFile = None,
) -> int:
    """Export a snapshot, checksummed, for other programs and for small models."""
    from flows.export import export as export_flow

    settings = options.load(config, None, store=store).settings
    path = export_flow.fn(settings.store, snapshot, format, str(out))
    output().print(f"exported: {path}", markup=False)
    return 0


def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over the tables and views; SHOW TABLES lists them.")],
    store: StorePath = None,
    config: ConfigFile = None,
    json: Json = False,
) -> int:
    """Ask the store in SQL (DuckDB, read-only)."""
    from storage.analytics import run_sql

    settings = options.load(config, None, store=store).settings
    rows, names = run_sql(settings.store, query)
    console = output()
    if json:
        console.print_json(
            json_module.dumps([dict(zip(distinct(names), map(_plain, row), strict=True)) for row in rows], default=str)
        )
        return 0
    table = Table(*names, box=None, header_style="bold")
    for row in rows:
        table.add_row(*("" if value is None else _cell(value) for value in row))
    console.print(table)
    return 0


def snapshots(store: StorePath = None, config: ConfigFile = None, json: Json = False) -> int:
    """List the snapshots of a store, newest last."""
    from vilomem.memory import open_store

    settings = options.load(config, None, store=store).settings
    with open_store(settings.store) as opened:
        records, latest = opened.snapshots(), opened.latest_id()
    console = output()
    if json:
        from dataclasses import asdict

        console.print_json(data={"latest": latest, "snapshots": [asdict(record) for record in records]})
        return 0
    table = Table("snapshot", "created", "status", "visual", "logic", "", box=None, header_style="bold")
    for record in records:
        mark = "latest" if record.id == latest else ""
        table.add_row(record.id, record.created_at, record.status, str(record.visual), str(record.logic), mark)
    console.print(table)
    return 0


def distinct(names: list[str]) -> list[str]:
    """Column names of which no two are equal: the second ``id`` is ``id_2``, as an object has one value a name."""
    found: list[str] = []
    for name in names:
        number = 1
        while (new := name if number == 1 else f"{name}_{number}") in found:
            number += 1
        found.append(new)
    return found


def _plain(value: object) -> object:
    """A value as JSON can hold it: bytes in base64; what is no finite number is null."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _cell(value: object) -> str:
    from rich.markup import escape

    return escape(f"{value:.4g}" if isinstance(value, float) else str(value))
