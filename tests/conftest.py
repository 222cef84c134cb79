"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.quiet import configure_logs

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real questions, recorded replies and labelled corpora; they live beside the project and do not travel with it."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data set is not beside the project")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _quiet_services(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Prefect and Ray keep what they write in a temporary folder, and tell nobody."""
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    configure_logs(verbose=False)


@pytest.fixture(scope="session")
def local_ray() -> Iterator[None]:
    """One Ray for all tests that need one: two CPUs, no dashboard."""
    from tasks.pool import connect
    from vilomem_core.settings.tree import EngineSettings

    owned = connect(EngineSettings())
    yield
    if owned:
        import ray

        ray.shutdown()
