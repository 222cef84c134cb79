"""Flows in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_events_worker_outlives_its_test() -> Iterator[None]:
    """Prefect keeps a websocket for events open on a thread of its own until the process ends; its pings draw from ``random``."""
    yield
    if "prefect.events.worker" in sys.modules:
        from prefect.events.worker import EventsWorker

        EventsWorker.drain_all()
