"""The versions that pyproject.toml allows are those with which `prefect deploy` works: tested by deploying to a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
START_S = 120.0
pytestmark = [pytest.mark.prefect, pytest.mark.slow]


def prefect(*words: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "prefect", *words]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0 and "An exception occurred" not in done.stdout, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server on loopback; the environment with which its clients reach it."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {**os.environ, "PREFECT_HOME": str(home), "PREFECT_API_URL": url, "COLUMNS": "200"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"{url}/health", process, home / "server.log")
            yield environment
        finally:
            process.terminate()
            process.wait(timeout=60)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            process_ended(process)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def process_ended(process: subprocess.Popen[bytes]) -> None:
    """Waits a moment for the process to end, which it should not."""
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return


def test_every_deployment_of_the_project_can_be_deployed_and_listed(server: dict[str, str]) -> None:
    prefect("work-pool", "create", "vilomem", "--type", "process", environment=server)
    prefect("--no-prompt", "deploy", "--all", environment=server)
    assert "nightly" in prefect("deployment", "ls", environment=server)
