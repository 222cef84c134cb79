"""What commands share: options, how they become settings, and the console that is printed to."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from vilomem_core.settings.load import LoadedSettings

StorePath = Annotated[str | None, typer.Option("--store", help="The store's folder.", show_default="./store")]
ConfigFile = Annotated[Path | None, typer.Option("--config", "-c", help="A YAML file of settings.")]
Assignments = Annotated[list[str] | None, typer.Option("--set", help="Any setting: recall.top_k=3 (may be repeated).")]
Solver = Annotated[str | None, typer.Option(help="The solver: openai:MODEL, recorded:FILE?model=NAME, simulated, vllm:MODEL.")]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="Where openai:… models answer, for example http://127.0.0.1:8000/v1.")
]
EngineKind = Annotated[str | None, typer.Option("--engine", help="ray or inline.", show_default="ray")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")]
Snapshot = Annotated[str, typer.Option("--snapshot", help="A snapshot's id.")]

# option name -> the settings that it stands for
KEYS: Mapping[str, tuple[str, ...]] = {
    "data": ("data",),
    "store": ("store",),
    "solver": ("roles.solver.model",),
    "critics": ("roles.analyst.model", "roles.visual_critic.model", "roles.logic_critic.model"),
    "merger": ("roles.merger.model",),
    "judge": ("roles.judge.model",),
    "base_url": ("endpoint.base_url",),
    "rounds": ("learn.rounds",),
    "holdout": ("learn.holdout",),
    "run": ("learn.run",),
    "strict": ("learn.strict",),
    "engine": ("engine.kind",),
    "actors": ("engine.actors",),
    "text_embedder": ("embedders.text",),
    "image_embedder": ("embedders.image",),
}


def load(config: Path | None, assignments: list[str] | None, **options: Any) -> LoadedSettings:
    """Settings from the file, the environment and the options that were given (None and False were not)."""
    from vilomem_core.settings.layers import Layer, assignment_layer
    from vilomem_core.settings.load import load_settings

    named = {
        key: value
        for name, value in options.items()
        if value is not None and value is not False and value != []
        for key in KEYS[name]
    }
    return load_settings(config, os.environ, [assignment_layer(assignments or []), Layer("command line", named)])


PIPE_WIDTH = 200  # into a file or a pipe, tables keep their lines whole


def output() -> Console:
    """Standard output, without colouring numbers and without breaking long lines."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
