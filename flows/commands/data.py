"""``vilomem check``: what a data set holds, and every row that would be refused."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands import options
from flows.commands.options import Assignments, ConfigFile, Json
from flows.console import output


def register(app: typer.Typer) -> None:
    app.command()(check)


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
