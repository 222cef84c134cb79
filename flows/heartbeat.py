"""One heartbeat a job: the outermost flow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings


@contextmanager
def one_heartbeat() -> Iterator[None]:
    """Flows that are called inside send none: their caller's says that the job lives, and ending each takes Prefect a second."""
    with temporary_settings(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield
