"""What the loop itself costs beside its models: CPU per case, throughput under latency, scaling. Prints a table and one JSON line.

    python benchmarks/bench_loop.py [--cases 300] [--embedder minilm]

A case goes the whole way: analysis, recall among 10,000 memories, solving, verifying, both critics on the 40 % that are wrong,
gate, vectors of the guidelines, staging. CPU is of this process, all threads, without what text embedding took (its own column),
which depends on the embedder alone. ``in process`` has a model that answers at once; ``over HTTP`` a fake server in another
process. Cases are drawn pictures of 320 x 240 pixels. Run it on a quiet machine: it needs two cores for itself.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # tests/ holds the fake server and is not installed

from benchmarks.canned_model import WRONG, Canned, marked, reply
from benchmarks.synthetic_bank import bank_of
from tasks.build_models import build_embedders, build_role_models, loop_plan
from tasks.orchestrator import configure_logs
from tasks.shards import Stager
from tests.support.fake_openai import FakeOpenAI, serve
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, Embedders, LoopPlan, RoleModels
from vilomem_core.learning.shard import CaseSlots, ShardRun
from vilomem_core.protocols import TextEmbedder
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.layers import Layer
from vilomem_core.settings.load import load_settings
from vilomem_core.settings.tree import Settings
from vilomem_core.simulation import demo_cases
from vilomem_core.types import F32

FEW, MEMORIES, MANY = 100, 10_000, 20_000
LATENCY_S, IN_FLIGHT = 0.2, 64
ACTORS = 2  # that the 64 are shared by
PASSES = 9
SLICE = 100  # cases after which the next way has its turn
STAGES = 2 + WRONG  # requests one after the other: analysis, solving, and both critics at once for the wrong ones


@dataclass(frozen=True)
class Cost:
    """CPU in ms a case, without text embedding; that of text embedding; and cases a second."""

    cpu_ms: float
    embed_ms: float
    rate: float


class Timed:
    """A text embedder that knows how much CPU it took; ``seconds`` is of its own threads alone."""

    def __init__(self, inner: TextEmbedder) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.fingerprint, self.dimension = inner.fingerprint, inner.dimension
        self.seconds = 0.0

    def embed(self, texts: Sequence[str]) -> F32:
        begun = time.thread_time()
        vectors = self._inner.embed(texts)
        with self._lock:
            self.seconds += time.thread_time() - begun
        return vectors


def settings_of(**values: object) -> Settings:
    base = {"roles.solver.model": "openai:fake", "embedders.text": "lexical", "engine.in_flight": IN_FLIGHT}
    given = {name.replace("__", "."): value for name, value in values.items()}
    return load_settings(None, {}, [Layer("bench", {**base, **given})]).settings


def plan_of(settings: Settings) -> LoopPlan:
    return loop_plan(settings, snapshot_id="snap_bench", arm="learn", round_number=1, reflect=True)


@dataclass(frozen=True)
class Way:
    """One way to solve the cases that is compared with others."""

    settings: Settings
    models: RoleModels
    bank: MemoryBank


def measure(ways: dict[str, Way], embedders: Embedders, works: Sequence[CaseWork]) -> dict[str, list[Cost]]:
    """What each of some passes over the works costs in this process, for each way.

    The ways take turns slice by slice, because a machine that others use is slow for minutes and quick for others.
    """
    slices = [works[start : start + SLICE] for start in range(0, len(works), SLICE)]
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        loops = {
            name: CaseLoop(plan_of(way.settings), way.models, embedders, Recaller(way.bank, way.settings.recall))
            for name, way in ways.items()
        }
        for name, loop in loops.items():  # warm: connections, caches of patterns
            runner.run(solve(loop, works[: max(8, len(works) // 10)], ways[name].settings.engine.in_flight, Path(folder)))
        for _ in range(PASSES):
            taken: dict[str, list[Cost]] = {name: [] for name in ways}
            for some in slices:
                for name, loop in loops.items():
                    taken[name].append(one_pass(runner, loop, some, ways[name].settings.engine.in_flight, Path(folder), embedders))
            for name, parts in taken.items():
                costs[name].append(together(parts, [len(some) for some in slices]))
        for way in ways.values():
            runner.run(way.models.aclose())
    return costs


def together(parts: Sequence[Cost], cases: Sequence[int]) -> Cost:
    """The cost of several slices, each of so many cases."""
    shares = [count / sum(cases) for count in cases]
    cpu = sum(share * part.cpu_ms for share, part in zip(shares, parts, strict=True))
    embed = sum(share * part.embed_ms for share, part in zip(shares, parts, strict=True))
    return Cost(cpu, embed, 1 / sum(share / part.rate for share, part in zip(shares, parts, strict=True)))


def growth(large: Sequence[Cost], small: Sequence[Cost], with_embedding: bool) -> float:
    """How much more CPU a case takes: the median over the passes, as each pass of one has a pass of the other beside it."""
    pairs = zip(large, small, strict=True)
    return statistics.median(
        (one.cpu_ms + with_embedding * one.embed_ms) / (other.cpu_ms + with_embedding * other.embed_ms) for one, other in pairs
    )


def one_pass(
    runner: asyncio.Runner, loop: CaseLoop, works: Sequence[CaseWork], in_flight: int, folder: Path, embedders: Embedders
) -> Cost:
    assert isinstance(embedders.text, Timed)
    cpu, wall, embedding = time.process_time(), time.perf_counter(), embedders.text.seconds
    count = runner.run(solve(loop, works, in_flight, folder))
    spent, took, embedding = time.process_time() - cpu, time.perf_counter() - wall, embedders.text.seconds - embedding
    return Cost((spent - embedding) / count * 1e3, embedding / count * 1e3, count / took)


async def solve(loop: CaseLoop, works: Sequence[CaseWork], in_flight: int, folder: Path) -> int:
    stager, shard = Stager(folder), ShardRun(loop, works, CaseSlots(in_flight))
    while batch := await shard.batch(16, 0.25):
        for outcome in batch:
            assert outcome.attempt is not None, outcome.failures
            stager.add(outcome)
    stager.flush()
    return stager.outcomes


@contextlib.contextmanager
def server(latency_s: float) -> Iterator[str]:
    """A fake server in a process of its own."""
    process = subprocess.Popen([sys.executable, __file__, "--serve", str(latency_s)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.kill()
        process.communicate()


def pool_rate(url: str, works: Sequence[CaseWork], bank: MemoryBank | None, actors: int, in_flight: int, embedder: str) -> float:
    """Cases a second of a pool whose actors have ``in_flight`` cases under way each, in the middle eight tenths of a run."""
    from tasks.dispatch import RayEngine

    settings = settings_of(
        endpoint__base_url=url,
        embedders__text=embedder,
        engine__kind="ray",
        engine__actors=actors,
        engine__in_flight=in_flight,
    )
    engine = RayEngine(settings)
    engine.begin(plan_of(settings), bank)
    moments: list[float] = []

    def solve(shard: Sequence[CaseWork]) -> None:
        for _ in engine.outcomes(shard, threading.Event()):
            moments.append(time.perf_counter())

    def run(some: Sequence[CaseWork]) -> None:
        with ThreadPoolExecutor(engine.width) as threads:
            list(threads.map(solve, [some[start : start + in_flight] for start in range(0, len(some), in_flight)]))

    run(works[: 2 * actors * in_flight])  # warm: models, memory, connections
    moments.clear()
    run(works)
    engine.close()
    low, high = len(moments) // 10, len(moments) * 9 // 10
    return (high - low) / (moments[high] - moments[low])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--embedder", default="lexical", help="lexical, or minilm to see what embedding costs")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve is not None:
        asyncio.run(serve(FakeOpenAI(latency_s=given.serve, reply=reply, keep=False)))
        return
    configure_logs(verbose=False)
    found: dict[str, float] = {}
    settings = settings_of(embedders__text=given.embedder)
    plain = build_embedders(settings)
    embedders = Embedders(Timed(plain.text), plain.image)
    cases = list(demo_cases(given.cases))
    works = marked(cases)
    banks = {count: bank_of(count, plain) for count in (FEW, MEMORIES, MANY)}
    canned = Canned(cases)
    inside = RoleModels(canned, canned, canned, canned)

    ways = {f"in process, {count:,} memories": Way(settings, inside, bank) for count, bank in banks.items()}
    with server(0.0) as url:
        over = settings_of(embedders__text=given.embedder, endpoint__base_url=url)
        ways[f"over HTTP, {MEMORIES:,} memories"] = Way(over, build_role_models(over), banks[MEMORIES])
        passes = measure(ways, embedders, works)
    costs = {name: min(some, key=lambda cost: cost.cpu_ms) for name, some in passes.items()}  # what else runs only adds
    print(f"{'':38} {'CPU ms':>8} {'embed ms':>10} {'cases/s':>8}   ({given.embedder} text embedder)")
    for name, cost in costs.items():
        print(f"{name:38} {cost.cpu_ms:8.2f} {cost.embed_ms:10.2f} {cost.rate:8.1f}")
        found[name] = round(cost.cpu_ms, 2)
    small, large = (passes[f"in process, {count:,} memories"] for count in (FEW, MANY))
    with server(LATENCY_S) as url:
        many = list(demo_cases(1500, seed=1))
        rate = pool_rate(url, marked(many), banks[MEMORIES], ACTORS, IN_FLIGHT // ACTORS, given.embedder)
        one, two = (pool_rate(url, works, None, actors, 8, given.embedder) for actors in (1, 2))
    ratios = {
        f"share of ideal throughput, {rate:.0f}/s": rate * STAGES * LATENCY_S / IN_FLIGHT,
        f"CPU at {MANY:,} over {FEW} memories": growth(large, small, with_embedding=False),
        "the same with text embedding": growth(large, small, with_embedding=True),
        "2 actors over 1": two / one,
    }
    for name, ratio in ratios.items():
        print(f"{name:38} {ratio:8.2f}")
        found[name.partition(",")[0] if name.startswith("share") else name] = round(ratio, 3)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
