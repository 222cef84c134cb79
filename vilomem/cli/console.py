"""The console that commands print to."""

from __future__ import annotations

import sys

from rich.console import Console

PIPE_WIDTH = 200  # into a file or a pipe, tables keep their lines whole


def output() -> Console:
    """Standard output, without colouring numbers and without breaking long lines."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
