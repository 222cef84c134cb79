"""``vilomem check`` and ``vilomem config``: what a run would read, and the settings it would run with."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from vilomem.cli import options
from vilomem.cli.options import Assignments, ConfigFile, Json, output


def check(
    data: Annotated[list[str], typer.Argument(help="JSONL, VLMEvalKit TSV or Parquet files, folders or globs of them.")],
    config: ConfigFile = None,
    set_: Assignments = None,
    json: Json = False,
) -> int:
    """Read a data set as a run would; list each problem with file, line, id, kind and reason. Exit code 1: rows are refused."""
    from dataclasses import asdict

    from vilomem_core.readers import check as check_data

    settings = options.load(config, set_, data=data).settings
    report = check_data(settings.data, settings.reader)
    console = output()
    if json:
        console.print_json(data=asdict(report))
        return int(not report.ok)
    for problem in report.problems:
        console.print(str(problem), markup=False)
    console.print(
        f"{report.cases} cases with {report.images} images would be used; {report.refused_rows} rows and "
        f"{report.refused_files} files refused, {report.repeated_rows} repeated rows left out."
    )
    return int(not report.ok)


def config(config: ConfigFile = None, set_: Assignments = None, json: Json = False) -> int:
    """Print every setting, its value and its source. Keys of services are never settings: only their variables' names are."""
    from vilomem_core.settings.layers import flatten

    loaded = options.load(config, set_)
    console = output()
    rows = [(key, value, loaded.sources.get(key, "default")) for key, value in flatten(loaded.settings)]
    if json:
        console.print_json(data={key: {"value": value, "source": source} for key, value, source in rows})
        return 0
    table = Table("setting", "value", "source", box=None)
    for key, value, source in rows:
        table.add_row(key, "" if value is None else str(value), source, style=None if source != "default" else "dim")
    console.print(table)
    return 0
