"""What SIGTERM and Ctrl-C do to a job at the command line. A terminal sends Ctrl-C to all of its processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.jobs import contents, job_settings, query, run
from vilomem_core.simulation import write_demo_dataset

pytestmark = [pytest.mark.prefect, pytest.mark.ray]
PROJECT = Path(__file__).resolve().parents[2]
SOLVER = "simulated:latency_ms=100"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A data set, and what a run over it leaves that nobody interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    data = write_demo_dataset(folder / "data", 40).parent
    run(job_settings(folder / "store", data, solver=SOLVER, engine__in_flight=64))
    return data, contents(folder / "store")


def _staged(store):
    return any(store.glob("staging/*/*.arrow"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "send"), [(signal.SIGTERM, os.kill), (signal.SIGINT, os.killpg)], ids=["SIGTERM", "Ctrl-C in a terminal"]
)
def test_after_a_signal_what_is_under_way_is_kept_and_the_same_command_goes_on(number, send, whole, tmp_path):
    (data, tables), store = whole, tmp_path / "store"
    words = ["learn", str(data), "--solver", SOLVER, "--store", str(store), "--set", "embedders.text=lexical"]
    code, said = _interrupted([*words, "--set", "engine.in_flight=2", "--set", "engine.shard_size=8"], store, number, send)
    assert (code, "same command" in said) == (3, True), said[-6000:]
    (row,) = query(store, "SELECT count(*) AS n FROM attempts")
    assert 0 < row["n"] < 40
    run(job_settings(store, data, solver=SOLVER, engine__in_flight=64))
    assert contents(store) == tables


@pytest.mark.slow
def test_the_demo_ends_at_ctrl_c_without_a_word_of_its_parts(tmp_path):
    """It is the first thing that a newcomer runs, and interrupts."""
    words = ["demo", "--out", str(tmp_path / "demo"), "--rounds", "8"]
    code, said = _interrupted(words, tmp_path / "demo" / "store", signal.SIGINT, os.killpg)
    assert (code, "same command" in said, "Traceback" in said) == (3, True, False), said[-6000:]


def _interrupted(words, store, number, send):
    """The exit code and the errors of a command that gets a signal when it has staged something."""
    job = subprocess.Popen(
        [sys.executable, "-m", "vilomem", *words],
        cwd=PROJECT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while job.poll() is None and not _staged(store):
            try:
                job.wait(0.05)  # until something is staged
            except subprocess.TimeoutExpired:
                continue
        send(job.pid, number)
        _, said = job.communicate(timeout=60)
    finally:
        if job.poll() is None:
            os.killpg(job.pid, signal.SIGKILL)
    return job.returncode, " ".join(said.split())
