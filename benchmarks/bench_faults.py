"""What a run survives: its tables are compared with those of a run without faults. Prints a table and one JSON line.

    python benchmarks/bench_faults.py [--cases 96] [actors driver node requests]

actors     one of two actors is killed (-9), ten times in the run
driver     the process that runs the job is killed (-9) five times and started again
node       a second machine of a Ray cluster is killed; the job has joined the cluster from outside, its code travels with it
requests   a fifth of all requests fail: 429 with Retry-After, 500, no answer, cut-off bodies, garbage, a slow first byte

``equal`` says that all tables hold the same rows (times apart), ``once`` that every case has one attempt; ``paid`` compares the
requests that a server answered with those that the tables account for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # tests/ holds the fake server and is not installed

from tests.flows.jobs import contents, job_settings, query, run
from tests.support.fake_openai import FakeOpenAI
from tests.support.processes import kill, learners
from vilomem_core.simulation import write_demo_dataset

PROJECT = Path(__file__).resolve().parent.parent
SIMULATED = "simulated:latency_ms=150"
RAY = {"engine__kind": "ray", "engine__actors": 2}
ACTOR_KILLS, DRIVER_KILLS = 10, 5
FAULTS = {"429": 0.04, "500": 0.04, "hang": 0.03, "cut_off": 0.03, "garbage": 0.03, "slow": 0.03}
PATIENT = {"endpoint__timeout_s": 2.0, "endpoint__max_retries": 8}  # 0.2 ** 9: no request of these runs fails for good
PREFECT = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120"}  # on a busy machine
CALLS = """
SELECT sum(calls + analysis_calls + verdict_calls)::INT AS n FROM attempts UNION ALL SELECT sum(calls)::INT FROM reflections
"""


class Job:
    """One learning job in a process of its own."""

    def __init__(self, store: Path, data: Path, solver: str = SIMULATED, **values: object) -> None:
        self.store = store
        given = {"learn__rounds": 2, "engine__in_flight": 4, "engine__shard_size": 16, **values}
        self._command = [sys.executable, __file__, "--job", json.dumps([str(store), str(data), solver, given])]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path, **PREFECT}
        return subprocess.Popen(self._command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def progress(self) -> int:
        """Changes whenever something is staged or committed."""
        return sum(path.stat().st_mtime_ns for path in self.store.glob("staging/*/*.arrow")) if self.store.exists() else 0

    def wait_for_progress(self) -> None:
        before = self.progress()
        while self.running and self.progress() == before:
            time.sleep(0.02)

    def must_run(self, kills: int, wanted: int) -> None:
        """A run that ended before all its faults would prove less than it says."""
        if not self.running:
            sys.exit(f"the job ended after {kills} of {wanted} kills: give it more --cases")

    def start_again(self) -> None:
        self.process.kill()
        self.process.wait()
        self._clear()
        self.process = self._start()

    def finish(self) -> None:
        code = self.process.wait()
        self._clear()
        if code:
            sys.exit(f"the job ended with exit code {code}")

    def _clear(self) -> None:
        """End what a killed driver has left behind, such as the orchestrator's server."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def actors(folder: Path, data: Path) -> tuple[Job, str]:
    job, kills, rng = Job(folder / "actors", data, **RAY), 0, random.Random(7)
    while kills < ACTOR_KILLS:
        job.wait_for_progress()  # kills in quicker succession than actors can start would be another experiment
        time.sleep(rng.uniform(0.0, 1.0))
        job.must_run(kills, ACTOR_KILLS)
        if found := learners():
            kill([rng.choice(found)])
            kills += 1
    job.finish()
    return job, f"{kills} actors killed"


def driver(folder: Path, data: Path) -> tuple[Job, str]:
    job, kills = Job(folder / "driver", data, **RAY), 0
    while kills < DRIVER_KILLS:
        job.wait_for_progress()
        job.must_run(kills, DRIVER_KILLS)
        job.start_again()
        kills += 1
    job.finish()
    return job, f"driver killed {kills} times"


def node(folder: Path, data: Path) -> tuple[Job, str]:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = cluster.add_node(num_cpus=1)
    try:
        job = Job(folder / "node", data, **RAY, engine__ray_address=cluster.address)
        while job.running and len(learners()) < 2:  # both nodes have an actor
            time.sleep(0.1)
        job.wait_for_progress()
        cluster.remove_node(second, allow_graceful=False)
        job.finish()
    finally:
        cluster.shutdown()
    return job, "second node killed"


def requests(folder: Path, data: Path) -> tuple[Job, str]:
    """Compared with its own run without faults, because the answers are the fake server's."""
    jobs = []
    for name, rates in (("requests-clean", {}), ("requests", FAULTS)):
        with FakeOpenAI(rates=rates, retry_after="1", slow_s=1.0, keep=False) as fake:
            job = Job(folder / name, data, "openai:fake", endpoint__base_url=fake.base_url, **PATIENT)
            job.finish()
            fates = dict(fake.fates)
        jobs.append(job)
    sent, answered = sum(fates.values()), fates.get("ok", 0) + fates.get("slow", 0)
    counted = sum(row["n"] or 0 for row in query(job.store, CALLS))
    return job, f"{1 - fates['ok'] / sent:.0%} of {sent} requests hit, paid: {answered} answered, {counted} counted"


SCENARIOS: dict[str, Callable[[Path, Path], tuple[Job, str]]] = {
    "actors": actors,
    "driver": driver,
    "node": node,
    "requests": requests,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    parser.add_argument("--cases", type=int, default=96)
    parser.add_argument("--job", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        work(*json.loads(given.job))
        return
    warnings.filterwarnings("ignore", message="lancedb fork support")  # the next job is started after tables were compared
    folder = Path(tempfile.mkdtemp(prefix="vilomem-faults-"))
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    data = write_demo_dataset(folder / "data", given.cases).parent
    clean = Job(folder / "clean", data)
    clean.finish()
    found = {}
    print(f"{'scenario':10} {'equal':>6} {'once':>6} {'seconds':>8}  what happened ({given.cases} cases, 2 rounds)")
    for name in given.scenarios or SCENARIOS:
        begun = time.monotonic()
        job, told = SCENARIOS[name](folder, data)
        took = time.monotonic() - begun
        reference = folder / "requests-clean" if name == "requests" else clean.store
        before, after = contents(reference), contents(job.store)
        different = [table for table in before if before[table] != after[table]]
        (row,) = query(job.store, "SELECT count(*) AS n, count(DISTINCT case_key) AS cases FROM attempts")
        once = row["n"] == row["cases"] == given.cases
        told += f"; different: {', '.join(different)}" if different else ""
        found[name] = {"equal": not different, "once": once, "told": told}
        print(f"{name:10} {'NO' if different else 'yes':>6} {'yes' if once else 'NO':>6} {took:8.0f}  {told}", flush=True)
    print(json.dumps(found))
    shutil.rmtree(folder, ignore_errors=True)


def work(store: str, data: str, solver: str, values: dict[str, object]) -> None:
    from tasks.orchestrator import configure_logs

    configure_logs(verbose=False)
    run(job_settings(Path(store), Path(data), solver=solver, **values))


if __name__ == "__main__":
    main()
