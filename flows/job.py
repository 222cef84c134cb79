"""A job at the command line: a session with a progress bar, which a signal ends in an orderly way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.exceptions import TerminationSignal
from rich.console import Console

from flows.progress import ProgressBar
from flows.signals import ends_early, start_server
from tasks.session import Session
from vilomem_core.errors import RunStopped
from vilomem_core.settings.tree import Settings


@contextmanager
def job(settings: Settings) -> Iterator[Session]:
    """While this lasts, a signal ends the session: first what is under way is kept, a second signal interrupts.

    Raises ``RunStopped`` where Prefect's own handler ended a flow.
    """
    start_server()
    with ProgressBar(Console(stderr=True)) as bar, Session(settings, bar) as session, ends_early(session):
        try:
            yield session
        except TerminationSignal as exc:  # outside the solving of cases
            raise RunStopped("the run was interrupted.", "Run the same command again to go on.") from exc
