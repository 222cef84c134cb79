"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.orchestrator import configure_logs
from tests.support.leftovers import LeftoversPlugin

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real questions, recorded replies and labelled corpora; they live beside the project and do not travel with it."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data set is not beside the project")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Before anything imports Prefect: it writes to a temporary folder and says nothing."""
    config.pluginmanager.register(LeftoversPlugin())
    os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="vilomem-prefect-")
    configure_logs(verbose=False)


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["PREFECT_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def local_ray() -> Iterator[None]:
    """One Ray for all tests that need one: two CPUs, no dashboard."""
    from tasks.cluster import connect
    from vilomem_core.settings.tree import EngineSettings

    owned = connect(EngineSettings())
    yield
    if owned:
        import ray

        ray.shutdown()


@pytest.fixture(autouse=True)
def _no_events_worker_outlives_its_test() -> Iterator[None]:
    """Prefect keeps a websocket for events open on a thread of its own until the process ends; its pings draw from ``random``."""
    yield
    if "prefect.events.worker" in sys.modules:
        from prefect.events.worker import EventsWorker

        EventsWorker.drain_all()
