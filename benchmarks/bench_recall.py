"""How long recall takes, and what its shortcuts miss: one case, a batch, opening a bundle. Prints a table and one JSON line.

    python benchmarks/bench_recall.py [--sizes 1000 10000 100000 1000000] [--members 3] [--queries 100] [--batch 1000]

Memories are synthetic: half visual, half logic; topics of 40 memories within 200 fields; a rule and, for each member, a guideline, a
question and a list of concepts as 384-d vectors around what the memory is about, with cosines about those of all-MiniLM-L6-v2; one
512-d picture for each visual memory; words drawn by Zipf's law with a vocabulary of its own for each topic. A million memories have
one member each, or the vectors would not fit into a small machine. Four queries in five are new cases of a topic, the others are
about something that no memory knows. Latency and CPU time are of one ``recall`` of both streams without embedding; recall@10 compares
with weighing every memory, for the queries that recall something. A million memories need about 14 GB of memory while they are made.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vilomem_core.recall.bank import CosineCalibration, Fingerprints, MemoryBank, TextKind
from vilomem_core.recall.build import SKETCH_ROWS
from vilomem_core.recall.bundle import save
from vilomem_core.recall.query import RecallQuery
from vilomem_core.recall.ranking import match_rows, query_vector, query_words
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.sketch import build_sketch
from vilomem_core.recall.words import build_word_index
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import F32, Analysis, Stream

TEXT_DIM, IMAGE_DIM = 384, 512
TOPIC_MEMORIES = 40
FIELDS = 200
TOPIC_WORDS, COMMON_WORDS = 12, 20_000
RULE_WORDS, QUESTION_WORDS = 28, 24
EXACT_QUERIES = 20
STRANGE = 5  # every fifth query is about nothing that is remembered
LARGE = 1_000_000  # memories of one member each from here on
BLOCK_ROWS = 20_000  # made or weighed at a time, which bounds the memory of the benchmark
COHESION = 0.84  # length of the mean of a memory's texts; of the labelled guidelines it is 0.6 to 0.9
OPEN_AND_ASK = """
import sys, time
start = time.perf_counter()
from pathlib import Path
import numpy as np
from vilomem_core.recall.service import open_recaller
from vilomem_core.recall.query import RecallQuery
imported = time.perf_counter()
recaller = open_recaller(Path(sys.argv[1]))
opened = time.perf_counter()
vectors = np.load(sys.argv[2])
recaller.recall(RecallQuery("which way do the bars point", None, vectors["text"], vectors["image"]))
asked = time.perf_counter()
status = Path("/proc/self/status").read_text().splitlines()
own, mapped = (next(int(line.split()[1]) / 1e3 for line in status if line.startswith(name)) for name in ("RssAnon", "RssFile"))
print(imported - start, opened - imported, asked - opened, own, mapped)
"""


@dataclass(frozen=True)
class World:
    """The middles of topics, from which memories and queries are drawn."""

    text_topics: F32
    image_topics: F32
    vocabulary: NDArray[np.str_]  # common words, then those of each topic
    rng: np.random.Generator

    def meanings(self, topics: NDArray[np.int64]) -> F32:
        """What each memory or query is about; its texts lie around it."""
        return self.text_topics[topics] + noise(self.rng, len(topics), TEXT_DIM) * np.float32(0.5)

    def texts(self, meanings: F32) -> F32:
        return unit(meanings + noise(self.rng, len(meanings), TEXT_DIM) * np.float32(0.75))

    def images(self, topics: NDArray[np.int64]) -> F32:
        return unit(self.image_topics[topics] + noise(self.rng, len(topics), IMAGE_DIM) * np.float32(0.7))

    def words(self, topics: NDArray[np.int64], length: int) -> list[str]:
        common = np.minimum(self.rng.zipf(1.3, (len(topics), length)), COMMON_WORDS) - 1
        special = self.rng.integers(0, TOPIC_WORDS, common.shape) + (topics * TOPIC_WORDS + COMMON_WORDS)[:, None]
        chosen = np.where(self.rng.random(common.shape) < 0.3, special, common)
        return [" ".join(row) for row in self.vocabulary[chosen].tolist()]


def spelled(number: int) -> str:
    """A pronounceable word for a number."""
    syllables = []
    while True:
        number, rest = divmod(number, 85)
        syllables.append("bcdfghklmnprstvwz"[rest // 5] + "aeiou"[rest % 5])
        if not number:
            return "".join(syllables)


def noise(rng: np.random.Generator, rows: int, dim: int) -> F32:
    return rng.standard_normal((rows, dim), dtype=np.float32) / np.float32(dim**0.5)


def unit(vectors: F32) -> F32:
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def make_world(topics: int, rng: np.random.Generator) -> World:
    def middles(dim: int) -> F32:
        common, fields = noise(rng, 1, dim), noise(rng, FIELDS, dim)
        fields_of = rng.integers(0, FIELDS, topics)
        return np.float32(0.42) * common + np.float32(0.5) * fields[fields_of] + np.float32(0.72) * noise(rng, topics, dim)

    vocabulary = np.array([spelled(number) for number in range(COMMON_WORDS + topics * TOPIC_WORDS)])
    return World(middles(TEXT_DIM), middles(IMAGE_DIM), vocabulary, rng)


def make_bank(size: int, members: int, world: World) -> MemoryBank:
    """Rows of ``size`` memories, each with a rule and ``members`` guidelines, questions and lists of concepts."""
    topics = world.rng.integers(0, len(world.text_topics), size)
    visual = size // 2
    kinds = np.array([TextKind.RULE, *sorted([TextKind.MEMBER, TextKind.QUESTION, TextKind.CONCEPTS] * members)], np.uint8)
    each = len(kinds)
    text_vectors = np.empty((size, each, TEXT_DIM), np.float32)
    prototypes = np.empty((size, TEXT_DIM), np.float32)
    for start in range(0, size, BLOCK_ROWS):
        meanings = world.meanings(topics[start : start + BLOCK_ROWS])
        part = text_vectors[start : start + BLOCK_ROWS]
        for place in range(each):
            part[:, place] = world.texts(meanings)
        prototypes[start : start + BLOCK_ROWS] = unit(part.mean(axis=1))
    rules, rest = world.words(topics, RULE_WORDS), world.words(topics, QUESTION_WORDS * members)
    images = world.images(topics[:visual])
    return MemoryBank(
        snapshot_id="synthetic",
        fingerprints=Fingerprints("synthetic", "synthetic"),
        calibration=CosineCalibration(source="shipped"),
        memory_ids=[f"mem_{row:08d}" for row in range(size)],
        streams=(np.arange(size) >= visual).astype(np.uint8),
        rules=rules,
        subjects=["Synthetic"] * size,
        key_concepts=[()] * size,
        prototypes=prototypes,
        cohesion=np.full(size, COHESION, np.float32),
        words=build_word_index([f"{rule} {other}" for rule, other in zip(rules, rest, strict=True)]),
        text_owner=np.repeat(np.arange(size, dtype=np.int32), each),
        text_kind=np.tile(kinds, size),
        texts=[text for rule in rules for text in (rule, *[""] * (each - 1))],  # recall reads no other text than rules
        text_vectors=text_vectors.reshape(-1, TEXT_DIM),
        image_owner=np.arange(visual, dtype=np.int32),
        image_vectors=images,
        source_keys=np.arange(size, dtype=np.uint64),
        source_owner=np.arange(size, dtype=np.int32),
        text_sketch=build_sketch(prototypes) if size > SKETCH_ROWS else None,
        image_sketch=build_sketch(images) if visual > SKETCH_ROWS else None,
    )


def make_queries(count: int, world: World) -> list[RecallQuery]:
    topics = world.rng.integers(0, len(world.text_topics), count)
    questions = world.words(topics, QUESTION_WORDS)
    concepts = world.words(topics, 6)
    meanings = world.meanings(topics)
    meanings[::STRANGE] = noise(world.rng, len(meanings[::STRANGE]), TEXT_DIM)
    texts = np.stack([world.texts(meanings) for _ in range(3)], axis=1)
    images = world.images(topics)
    return [
        RecallQuery(
            question, Analysis("Synthetic", tuple(names.split())), texts[row], images[row : row + 1], f"case_{row}", f"q_{row}"
        )
        for row, (question, names) in enumerate(zip(questions, concepts, strict=True))
    ]


def exact_top(recaller: Recaller, stream: Stream, query: RecallQuery, count: int) -> set[str]:
    """The best matches when every memory is weighed; in the visual stream of those with the nearest images."""
    bank = recaller.bank
    low, high = recaller.span(stream)
    if stream is Stream.VISUAL:
        nearest = np.argsort(-(bank.image_vectors @ query.image_vectors[0]))[: recaller.settings.stage_one_k]
        blocks = [np.sort(bank.image_owner[nearest]).astype(np.int64)]
    else:
        blocks = [np.arange(start, min(start + BLOCK_ROWS, high)) for start in range(low, high, BLOCK_ROWS)]
    words, asked = query_words(bank, query), query_vector(query)
    found = [match_rows(bank, rows, np.vecdot(bank.prototypes[rows], asked), words)[:count] for rows in blocks]
    match = np.concatenate([part.match for part in found])
    rows = np.concatenate([part.rows for part in found])
    return {bank.memory_ids[int(row)] for row in rows[np.argsort(-match)[:count]]}


def recall_at_10(bank: MemoryBank, queries: list[RecallQuery]) -> dict[str, float]:
    open_settings = RecallSettings(
        top_k=10, visual_threshold=-1.0, logic_threshold=-1.0, duplicate_distance=0.0, token_budget=10**9
    )
    recaller = Recaller(bank, open_settings)
    shares: dict[str, list[float]] = {"visual": [], "logic": []}
    for query in queries:
        hits = recaller.recall(query)
        for stream in Stream:
            exact = exact_top(recaller, stream, query, 10)
            shares[stream].append(len(exact & {hit.memory_id for hit in hits if hit.stream is stream}) / len(exact))
    return {name: statistics.mean(values) for name, values in shares.items()}


def measure(size: int, members: int, count: int, batch: int) -> dict[str, float]:
    world = make_world(max(1, size // TOPIC_MEMORIES), np.random.default_rng(size))
    start = time.perf_counter()
    bank = make_bank(size, members if size < LARGE else 1, world)
    made_s = time.perf_counter() - start
    queries = make_queries(max(count, batch), world)
    with tempfile.TemporaryDirectory() as folder:
        save(bank, Path(folder) / "bundle")
        size_mb = sum(path.stat().st_size for path in (Path(folder) / "bundle").iterdir()) / 1e6
        np.savez(Path(folder) / "query.npz", text=queries[0].text_vectors[:1], image=queries[0].image_vectors)
        command = [sys.executable, "-c", OPEN_AND_ASK, str(Path(folder) / "bundle"), str(Path(folder) / "query.npz")]
        import_s, open_s, first_s, own_mb, mapped_mb = (float(part) for part in subprocess.check_output(command, text=True).split())
    recaller = Recaller(bank, RecallSettings())
    recaller.recall(queries[0])
    latencies = []
    cpu_start = time.process_time()
    for query in queries[:count]:
        start = time.perf_counter()
        recaller.recall(query)
        latencies.append(1e3 * (time.perf_counter() - start))
    cpu_ms = 1e3 * (time.process_time() - cpu_start) / count
    start = time.perf_counter()
    answers = recaller.recall_batch(queries[:batch])
    batch_s = time.perf_counter() - start
    found = statistics.mean(bool(hits) for hits in answers)
    exact = recall_at_10(bank, [query for place, query in enumerate(queries) if place % STRANGE][:EXACT_QUERIES])
    return {
        "memories": size,
        "texts": len(bank.text_owner),
        "found": found,
        "median_ms": statistics.median(latencies),
        "p95_ms": float(np.quantile(latencies, 0.95)),
        "cpu_ms": cpu_ms,
        "batch_s": batch_s,
        "recall_at_10_visual": exact["visual"],
        "recall_at_10_logic": exact["logic"],
        "import_s": import_s,
        "open_s": open_s,
        "first_query_s": first_s,
        "own_mb": own_mb,
        "mapped_mb": mapped_mb,
        "bundle_mb": size_mb,
        "make_s": made_s,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--batch", type=int, default=1_000)
    arguments = parser.parse_args()
    rows = []
    for size in arguments.sizes:
        row = {
            name: round(value, 3) for name, value in measure(size, arguments.members, arguments.queries, arguments.batch).items()
        }
        if not rows:
            print("  ".join(row))
        print("  ".join(f"{value:>{len(name)}}" for name, value in row.items()), flush=True)
        rows.append(row)
    print(json.dumps({"benchmark": "recall", "rows": rows}))


if __name__ == "__main__":
    main()
