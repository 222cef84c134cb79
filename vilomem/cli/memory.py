"""``vilomem consolidate``, ``publish``, ``pin``, ``retire``, ``restore``: care for a store's memories by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vilomem.cli import options
from vilomem.cli.options import Assignments, ConfigFile, StorePath, output

MemoryId = Annotated[str, typer.Argument(help="The memory's id, as `vilomem recall` or the view v_memories shows it.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the event.")]


def consolidate(
    store: StorePath = None,
    merger: Annotated[str | None, typer.Option(help="A model that judges and writes merged rules.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Derive every memory again from the candidate log.")] = False,
    config: ConfigFile = None,
    set_: Assignments = None,
) -> int:
    """Derive the memories from the candidate log."""
    from flows.consolidate import consolidate as consolidate_flow
    from tasks.manual_changes import must_exist, new_consolidation_id
    from vilomem.cli.job import job

    settings = options.load(config, set_, store=store, merger=merger).settings
    must_exist(settings)
    with job(settings) as session:
        report = consolidate_flow(session, new_consolidation_id(), rebuild)
    quiet = "only records of use" if report.changed else "nothing changed"
    changes = ", ".join(f"{number} {kind}" for kind, number in report.events) or quiet
    console = output()
    console.print(f"{report.candidates} candidates; {report.changed} memories changed, {report.unchanged} untouched: {changes}.")
    return 0


def publish(store: StorePath = None, config: ConfigFile = None, set_: Assignments = None) -> int:
    """Publish the active memories as a snapshot without evaluation; `learn --holdout` releases by evidence."""
    from flows.publish import publish as publish_flow
    from tasks.manual_changes import must_exist
    from vilomem.cli.job import job
    from vilomem_core.ids import CaseKeys

    settings = options.load(config, set_, store=store).settings
    must_exist(settings)
    with job(settings) as session:
        record = publish_flow(session, CaseKeys())
    console = output()
    console.print(f"{record.id}: {record.visual} visual and {record.logic} logic rules ({record.status}).", markup=False)
    return 0


def reembed(
    out: Annotated[Path, typer.Option(help="The folder of the new store.")],
    store: StorePath = None,
    text_embedder: Annotated[str | None, typer.Option(help="auto, minilm, lexical or openai:MODEL.")] = None,
    image_embedder: Annotated[str | None, typer.Option(help="descriptor or open_clip:MODEL[@WEIGHTS].")] = None,
    config: ConfigFile = None,
) -> int:
    """Make a store with another embedder's vectors from an existing one; no model is asked again. Publish it afterwards."""
    from tasks.manual_changes import reembed_store

    settings = options.load(config, None, store=store, text_embedder=text_embedder, image_embedder=image_embedder).settings
    reembed_store(settings, out)
    output().print(f"{out} holds the same rows with vectors of {settings.embedders.text} and {settings.embedders.image}.")
    output().print(f"next: vilomem publish --store {out}", markup=False)
    return 0


def pin(memory: MemoryId, reason: Reason = "", store: StorePath = None) -> int:
    """Keep a memory in its state, active or retired, whatever its record, the capacity and new guidelines say."""
    return _by_hand(memory, "pinned", reason, store)


def unpin(memory: MemoryId, reason: Reason = "", store: StorePath = None) -> int:
    """Let the record, the capacity and new guidelines decide about a memory again."""
    return _by_hand(memory, "unpinned", reason, store)


def retire(memory: MemoryId, reason: Reason = "", store: StorePath = None) -> int:
    """Take a memory out of the next snapshots, for as long as it is pinned; it can be restored."""
    return _by_hand(memory, "retired", reason, store)


def restore(memory: MemoryId, reason: Reason = "", store: StorePath = None) -> int:
    """Bring a retired memory back, and pin it: its record would retire it again."""
    return _by_hand(memory, "restored", reason, store)


def _by_hand(memory: str, kind: str, reason: str, store: str | None) -> int:
    from tasks.manual_changes import change_by_hand

    settings = options.load(None, None, store=store).settings
    changed = change_by_hand(settings, memory, kind, reason or "by hand")
    output().print(f"{changed.id} is {changed.state}{', pinned' if changed.pinned else ''}.")
    return 0
