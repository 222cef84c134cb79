"""A job at the command line: a session with a progress bar, which a signal ends in an orderly way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from prefect.exceptions import TerminationSignal
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from tasks.orchestrator import start_server
from tasks.session import Session, stop_on_signals
from vilomem_core.errors import RunStopped
from vilomem_core.settings.tree import Settings


@contextmanager
def job(settings: Settings) -> Iterator[Session]:
    """While this lasts, a signal ends the session: first what is under way is kept, a second signal interrupts.

    Raises ``RunStopped`` where Prefect's own handler ended a flow.
    """
    start_server()
    with ProgressBar(Console(stderr=True)) as bar, Session(settings, bar) as session, stop_on_signals(session):
        try:
            yield session
        except TerminationSignal as exc:  # outside the solving of cases
            raise RunStopped("the run was interrupted.", "Run the same command again to go on.") from exc


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
