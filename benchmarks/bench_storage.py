"""How long the store takes: commit, load, log, open, query. Prints a table and one JSON line.

    python benchmarks/bench_storage.py [--cases 100000] [--outcomes 10000] [--image-bytes 20000]

Wall and CPU seconds of one run in one process; the store is made in a temporary folder and removed. ``--cases`` cases of random
pictures need about ``cases * image_bytes`` on the disk.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np

from storage.analytics import Analytics
from storage.commit import commit
from storage.snapshots import BANKS_FOLDER, collect_garbage, open_bank, publish
from storage.staging import stage
from storage.store import Store
from vilomem_core.ids import attempt_id, candidate_id, case_key
from vilomem_core.types import (
    F32,
    AnswerType,
    Attempt,
    Candidate,
    Case,
    CaseOutcome,
    Image,
    Memory,
    RecallHit,
    Reflection,
    Stream,
    Verdict,
    VerdictStatus,
)

TEXT_DIM = 384
IMAGE_DIM = 512
CASES_PER_ADD = 1_000
OUTCOMES_PER_FILE = 64
LOADED = 64
HITS = tuple(RecallHit(f"mem_{number:08d}", Stream.VISUAL, "a rule " * 10, 0.5, (("rule", 0.5),)) for number in range(2))

Made = TypeVar("Made")
random = np.random.default_rng(0)
timings: dict[str, tuple[float, float]] = {}


@contextmanager
def timed(what: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    timings[what] = (time.perf_counter() - wall, time.process_time() - cpu)


def median(what: str, call: Callable[[], Made], times: int = 9) -> Made:
    """The middle of several calls."""
    spans = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        spans.append((time.perf_counter() - wall, time.process_time() - cpu))
    timings[what] = sorted(spans)[times // 2]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--outcomes", type=int, default=10_000)
    parser.add_argument("--log", type=int, default=100_000, help="candidates in the guideline log")
    parser.add_argument("--image-bytes", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        with Store.create(path, "text", TEXT_DIM, "image", IMAGE_DIM) as store:
            measure(store, options)
        median("open the store and count a table", lambda: open_and_count(path))
    report(options)


def measure(store: Store, options: argparse.Namespace) -> None:
    keys: list[str] = []
    with timed(f"add {options.cases} cases, {CASES_PER_ADD} at a time"):
        for start in range(0, options.cases, CASES_PER_ADD):
            batch = [made_case(number, options.image_bytes) for number in range(start, min(start + CASES_PER_ADD, options.cases))]
            store.add_cases(batch)
            keys += [case_key(case) for case in batch]
    median(f"load {LOADED} cases of {options.cases}", lambda: store.load_cases(random.choice(keys, LOADED).tolist()))
    folder = store.staging_folder("bench")
    commit_outcomes(store, folder, keys, 0, options.outcomes, f"of the first {options.outcomes} outcomes")
    done = options.outcomes
    while done * 2 < options.log:
        share = min(options.outcomes, options.log // 2 - done)
        commit_outcomes(store, folder, keys, done, share, f"of {share} outcomes on top of {done}")
        done += share
    with timed("guideline log"):
        log = store.guideline_log()
    print(f"the log has {len(log.ids)} candidates")
    with timed("write a consolidation of 10000 memories"):
        store.write_consolidation(memories(log.ids[:100_000]), [], [])
    with timed("write a consolidation of 500 memories"):
        store.write_consolidation(memories(log.ids[:5_000]), [], [])
    with timed("publish, and keep the bank"):
        record = publish(store)
    shutil.rmtree(store.folder / BANKS_FOLDER)
    with timed("open the bank of the snapshot, made from the tables"):
        open_bank(store, record.id)
    median("open the bank of the snapshot, kept", lambda: open_bank(store, record.id))
    with timed("recall outcomes"):
        outcomes = store.recall_outcomes()
    print(f"{len(outcomes)} recall outcomes")
    with Analytics(store) as analytics:
        for view in ("v_growth", "v_accuracy", "v_cost", "v_memories", "v_recall"):
            median(f"SELECT * FROM {view}", lambda view=view: analytics.sql(f"SELECT * FROM {view}"), times=3)
    with timed("collect garbage"):
        collect_garbage(store, 0)


def commit_outcomes(store: Store, folder: Path, keys: list[str], start: int, count: int, what: str) -> None:
    outcomes = [made_outcome(keys[number % len(keys)], number) for number in range(start, start + count)]
    with timed(f"stage {what[3:]}"):
        for first in range(0, count, OUTCOMES_PER_FILE):
            stage(folder, f"part-{first}", outcomes[first : first + OUTCOMES_PER_FILE])
    with timed(f"commit {what}"):
        commit(store, folder)


def open_and_count(path: Path) -> int:
    with Store.open(path, read_only=True) as store:
        return store.tables["attempts"].count()


def made_case(number: int, image_bytes: int) -> Case:
    data = random.bytes(image_bytes)
    image = Image(hashlib.sha256(data).hexdigest(), "image/png", 400, 300, data)
    return Case(f"case-{number}", f"What is shown in picture {number}? " * 5, "1", AnswerType.NUMBER, images=(image,))


def unit(shape: tuple[int, ...]) -> F32:
    vectors = random.standard_normal(shape, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def made_outcome(key: str, number: int) -> CaseOutcome:
    verdict = Verdict(VerdictStatus.INCORRECT, "number", "2")
    attempt = Attempt(
        id=attempt_id(key, "", f"bench {number}", "learn", 0),
        case_key=key,
        case_id=f"case-{number}",
        snapshot_id="",
        reply=f"Reading picture {number} step by step. " * 20,
        prompt_digest="digest",
        model="bench",
        finish_reason="stop",
        verdict=verdict,
        hits=HITS[: number % 3],
    )
    texts, images = unit((4, TEXT_DIM)), unit((1, IMAGE_DIM))
    return CaseOutcome(
        key,
        attempt,
        tuple(Reflection(attempt.id, stream, True, "misread", f"Look at {number} again.", "bench") for stream in Stream),
        tuple(made_candidate(attempt, stream, texts, images, position) for position, stream in enumerate(Stream)),
    )


def made_candidate(attempt: Attempt, stream: Stream, texts: F32, images: F32, position: int) -> Candidate:
    return Candidate(
        id=candidate_id(attempt.id, stream),
        attempt_id=attempt.id,
        case_key=attempt.case_key,
        case_id=attempt.case_id,
        stream=stream,
        guideline=f"Compare the bars of {attempt.case_id} with the axis before adding them up.",
        question=f"What is shown in {attempt.case_id}? " * 5,
        subject="charts",
        key_concepts=("bars", "axes", "sums"),
        image_sha256=("0" * 64,),
        accepted=True,
        reject_category="",
        reject_reason="",
        guideline_vector=texts[position],
        question_vector=texts[2],
        concept_vector=texts[3],
        image_vectors=images,
    )


def memories(ids: tuple[str, ...], members: int = 10) -> list[Memory]:
    vectors = unit((len(ids) // members + 1, TEXT_DIM))
    return [
        Memory(
            id=f"mem_{start:08d}",
            stream=Stream.VISUAL,
            rule=f"Compare what is drawn with the axis, rule {start}.",
            subject="charts",
            key_concepts=("bars",),
            member_ids=tuple(ids[start : start + members]),
            rule_origin="member",
            rule_vector=vectors[start // members],
        )
        for start in range(0, len(ids), members)
    ]


def report(options: argparse.Namespace) -> None:
    for what, (wall, cpu) in timings.items():
        print(f"{what:56} {wall:8.3f} s {cpu:8.3f} CPU s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{'peak memory':56} {peak:8d} MB")
    numbers = {what: round(wall, 4) for what, (wall, _) in timings.items()}
    print(json.dumps({"bench": "storage", **vars(options), "seconds": numbers, "peak_mb": peak}))


if __name__ == "__main__":
    main()
