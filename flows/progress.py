"""A progress bar on the terminal, fed from several threads."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class ProgressBar:
    """One line that shows the stage at work; it leaves nothing behind. Off a terminal it prints nothing."""

    def __init__(self, console: Console) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._stage: TaskID | None = None

    def start(self, stage: str, total: int | None) -> None:
        if self._stage is not None:
            self._bar.remove_task(self._stage)
        self._stage = self._bar.add_task(stage, total=total)

    def advance(self, steps: int) -> None:
        if self._stage is not None:
            self._bar.advance(self._stage, steps)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()
