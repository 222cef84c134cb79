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
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # tests/ holds the fake server and is not installed

import numpy as np

from flows.quiet import configure_logs
from tasks.casting import build_cast, build_senses, loop_plan
from tasks.shard import Stager
from tests.support.fake_openai import FakeOpenAI, Received, serve, unit
from vilomem_core.learning.cast import Cast, Senses
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.learning.shard import ShardRun
from vilomem_core.learning.slots import Slots
from vilomem_core.protocols import ChatReply, ChatRequest, TextEmbedder
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.engine import Recaller
from vilomem_core.settings.layers import Layer
from vilomem_core.settings.load import load_settings
from vilomem_core.settings.tree import Settings
from vilomem_core.simulation import demo_cases
from vilomem_core.simulation.lessons import lessons
from vilomem_core.types import F32, Candidate, Case, Memory, Role, Stream, Usage

WRONG = 0.4
MEMORIES = 10_000
LATENCY_S, IN_FLIGHT = 0.2, 64
STAGES = 2 + WRONG  # requests one after the other: analysis, solving, and both critics at once for the wrong ones
ON_TOPIC = 0.1  # share of the memories that are about what the cases are about
MARK = "What is the answer to this?"  # begins the question's id, which a server finds in the prompt
CRITIC = json.dumps(
    {
        "is_visual_error": True,
        "error_type": "Logical",
        "analysis_summary": "It read the wrong label.",
        "guideline": "In a bar chart with two scales, find out which scale a bar belongs to before reading its height.",
    }
)
ANALYSIS = "Subject: reading charts\nKey Concepts: bar chart, scale, axis labels"


@dataclass(frozen=True)
class Cost:
    """CPU in ms a case, without text embedding; that of text embedding; and cases a second."""

    cpu_ms: float
    embed_ms: float
    rate: float


class Canned:
    """Answers at once; whether an answer is right depends on the case's id alone."""

    name = "canned"

    def __init__(self, cases: Sequence[Case]) -> None:
        self._gold = {case.id: case.answer_letter or case.answer or "" for case in cases}

    async def complete(self, request: ChatRequest) -> ChatReply:
        if request.role is Role.SOLVER:
            wrong = unit(request.case_id) < WRONG
            text = solution("none of these" if wrong else self._gold[request.case_id])
        else:
            text = ANALYSIS if request.role is Role.ANALYST else CRITIC
        return ChatReply(text, self.name, usage=Usage(1, 500, 50, 0.0))

    async def aclose(self) -> None: ...


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


def solution(answer: str) -> str:
    return f"Step 1: read the figure and its labels.\nStep 2: compute.\nFinal answer: \\boxed{{{answer}}}"


def settings_of(**values: object) -> Settings:
    base = {"roles.solver.model": "openai:fake", "embedders.text": "lexical", "engine.in_flight": IN_FLIGHT}
    given = {name.replace("__", "."): value for name, value in values.items()}
    return load_settings(None, {}, [Layer("bench", {**base, **given})]).settings


def plan_of(settings: Settings) -> LoopPlan:
    return loop_plan(settings, snapshot_id="snap_bench", arm="learn", round_number=1, reflect=True)


def bank_of(count: int, senses: Senses) -> MemoryBank:
    """So many memories, half of them visual with one picture each, each of one member.

    A tenth of them are about what the cases are about: wordings of the simulation's rules. The others are of topics of their own,
    40 memories each, with words by Zipf's law.
    """
    rng = np.random.default_rng(7)
    wordings = [(lesson, text) for lesson in lessons().values() for text in lesson.wordings]
    texts = senses.text.embed([text for _, text in wordings])
    concepts = senses.text.embed([f"{lesson.subjects[0]}: {', '.join(lesson.concepts)}" for lesson, _ in wordings])
    topics = rng.standard_normal((max(1, count // 40), texts.shape[1])).astype(np.float32) / np.float32(np.sqrt(texts.shape[1]))
    memories, candidates = [], []
    for i in range(count):
        place = int(rng.integers(len(wordings)))
        lesson, rule = wordings[place]
        middles = (texts[place], concepts[place], concepts[place])
        if rng.random() > ON_TOPIC:
            topic = int(rng.integers(len(topics)))
            middles = (topics[topic],) * 3
            rule = " ".join(f"word{min(int(n), 20_000)}" for n in rng.zipf(1.3, 28))
        rule_vector, question, concept = (unit_row(rng, middle) for middle in middles)
        stream = Stream.VISUAL if i % 2 else Stream.LOGIC
        images = unit_row(rng, np.zeros(senses.image.dimension, np.float32))[None] if i % 2 else np.zeros((0, 1), np.float32)
        candidates.append(
            Candidate(
                id=f"cand_{i}",
                attempt_id=f"att_{i}",
                case_key=f"case_{i}",
                case_id=f"m{i}",
                stream=stream,
                guideline=rule,
                question=f"question {i}",
                subject=lesson.subjects[0],
                key_concepts=lesson.concepts,
                image_sha256=(),
                accepted=True,
                reject_category="",
                reject_reason="",
                guideline_vector=rule_vector,
                question_vector=question,
                concept_vector=concept,
                image_vectors=images,
            )
        )
        member = (f"cand_{i}",)
        memories.append(Memory(f"mem_{i}", stream, rule, lesson.subjects[0], lesson.concepts, member, "member", rule_vector))
    return MemoryBank.build(memories, candidates, "snap_bench", Fingerprints(senses.text.fingerprint, senses.image.fingerprint))


def unit_row(rng: np.random.Generator, middle: F32) -> F32:
    row = middle + rng.standard_normal(len(middle)).astype(np.float32) * np.float32(0.9 / np.sqrt(len(middle)))
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def marked(cases: Sequence[Case]) -> list[CaseWork]:
    """Cases whose gold answer a server can find in the prompt."""
    return [
        CaseWork(replace(case, question=f"{case.question} {MARK} [{case.id}:{case.answer_letter or case.answer}]"))
        for case in cases
    ]


def measure(settings: Settings, cast: Cast, senses: Senses, works: Sequence[CaseWork], bank: MemoryBank) -> Cost:
    """One pass over the works in this process."""
    assert isinstance(senses.text, Timed)
    loop = CaseLoop(plan_of(settings), cast, senses, Recaller(bank, settings.recall))

    async def run(folder: Path, some: Sequence[CaseWork]) -> int:
        stager, shard = Stager(folder), ShardRun(loop, some, Slots(settings.engine.in_flight))
        while batch := await shard.batch(16, 0.25):
            for outcome in batch:
                assert outcome.attempt is not None, outcome.failures
                stager.add(outcome)
        stager.flush()
        return stager.outcomes

    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        runner.run(run(Path(folder), works[: max(8, len(works) // 10)]))  # warm: connections, caches of patterns
        cpu, wall, embedding = time.process_time(), time.perf_counter(), senses.text.seconds
        count = runner.run(run(Path(folder), works))
        spent, took, embedding = time.process_time() - cpu, time.perf_counter() - wall, senses.text.seconds - embedding
        runner.run(cast.aclose())
    return Cost((spent - embedding) / count * 1e3, embedding / count * 1e3, count / took)


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


def reply(request: Received) -> str:
    if "response_format" in request.body:
        return CRITIC
    text = " ".join(part for part in request.parts if not part.startswith("data:"))
    if "Do not solve the problem" in text:
        return ANALYSIS
    case_id, gold = text.partition(MARK + " [")[2].partition("]")[0].rsplit(":", 1)
    return solution("none of these" if unit(case_id) < WRONG else gold)


def two_actors(url: str, works: Sequence[CaseWork]) -> float:
    """Throughput of two actors over that of one, 8 in flight in each; the memory-less loop, so that latency bounds."""
    from tasks.pool import RayEngine

    rates = []
    for actors in (1, 2):
        settings = settings_of(endpoint__base_url=url, engine__kind="ray", engine__actors=actors, engine__in_flight=8)
        engine = RayEngine(settings)
        engine.begin(plan_of(settings), None)
        list(split(engine, works[:16], 2 * actors))  # warm
        begun = time.perf_counter()
        count = len(list(split(engine, works, 2 * actors)))
        rates.append(count / (time.perf_counter() - begun))
        engine.close()
    return rates[1] / rates[0]


def split(engine: object, works: Sequence[CaseWork], width: int) -> Iterator[object]:
    """The outcomes of shards of 16 cases, ``width`` at once, as the solve flow asks for them."""
    from concurrent.futures import ThreadPoolExecutor

    shards = [works[start : start + 16] for start in range(0, len(works), 16)]
    with ThreadPoolExecutor(width) as threads:
        for part in threads.map(lambda shard: list(engine.outcomes(shard, threading.Event())), shards):  # type: ignore[attr-defined]
            yield from part


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
    plain = build_senses(settings)
    senses = Senses(Timed(plain.text), plain.image)
    cases = list(demo_cases(given.cases))
    works = marked(cases)
    banks = {count: bank_of(count, plain) for count in (100, MEMORIES, 20_000)}
    canned = Canned(cases)
    inside = Cast(canned, canned, canned, canned)

    def row(name: str, cost: Cost) -> Cost:
        print(f"{name:38} {cost.cpu_ms:8.2f} {cost.embed_ms:10.2f} {cost.rate:8.1f}")
        found[name] = round(cost.cpu_ms, 2)
        return cost

    print(f"{'':38} {'CPU ms':>8} {'embed ms':>10} {'cases/s':>8}   ({given.embedder} text embedder)")
    row("in process, 10,000 memories", measure(settings, inside, senses, works, banks[MEMORIES]))
    small = row("in process, 100 memories", measure(settings, inside, senses, works, banks[100]))
    large = row("in process, 20,000 memories", measure(settings, inside, senses, works, banks[20_000]))
    with server(0.0) as url:
        over = settings_of(embedders__text=given.embedder, endpoint__base_url=url)
        row("over HTTP, 10,000 memories", measure(over, build_cast(over), senses, works, banks[MEMORIES]))
    with server(LATENCY_S) as url:
        over = settings_of(embedders__text=given.embedder, endpoint__base_url=url)
        many = works * max(1, 1500 // len(works))
        slow = row("over HTTP at 200 ms, 64 in flight", measure(over, build_cast(over), senses, many, banks[MEMORIES]))
        found["scaling of 2 actors"] = round(two_actors(url, works), 2)
    found["share of ideal throughput"] = round(slow.rate * STAGES * LATENCY_S / IN_FLIGHT, 3)
    found["CPU at 20,000 over 100 memories"] = round(large.cpu_ms / small.cpu_ms, 2)
    for name in ("share of ideal throughput", "CPU at 20,000 over 100 memories", "scaling of 2 actors"):
        print(f"{name:38} {found[name]:8.2f}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
