"""``vilomem config``: the effective settings and where each comes from."""

from __future__ import annotations

import typer
from rich.table import Table

from flows.commands import options
from flows.commands.options import Assignments, ConfigFile, Json
from flows.console import output


def register(app: typer.Typer) -> None:
    app.command(name="config")(show_config)


def show_config(config: ConfigFile = None, set_: Assignments = None, json: Json = False) -> int:
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
