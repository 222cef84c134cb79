"""Consolidation at scale, without a model: all of a log, ten times the log, and a thousand new guidelines on top.

    python benchmarks/bench_consolidation.py [--small 10000] [--large 100000] [--new 1000]

The log is made up: rules of several topics, with few rules that are stated often and many that are stated once, so that vectors (384
numbers) and words are as near within a rule, a topic and across topics as all-MiniLM-L6-v2 places the labelled guidelines. Prints a
table and one JSON line. Times are wall and CPU seconds of one process; the ratio is measured in one run, against the mean of the
small log's time before and after the large one.

The estimate for ``--far`` guidelines puts a·n + b·n² through the two sizes (only finding the nearest of n/256 cells grows with the
square) and lets memory grow in proportion to n; the growth of a far larger log by new guidelines is taken as proportional to n.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Callable, Sequence

import numpy as np

from vilomem_core.consolidation.calibration import EmbedderCalibration, calibration_for
from vilomem_core.consolidation.consolidate import consolidate
from vilomem_core.consolidation.derivation import Consolidation
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.scoring.consolidation import pair_score
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import F32, Memory, Stream

DIMENSION = 384
WORDINGS_A_RULE = 10  # on average; sizes follow Zipf's law, the largest rule takes some 1 % of the log
RULES_A_TOPIC = 12
TOPIC, RULE, WORDING = 0.45, 0.50, 0.74  # lengths of the parts of a vector: cosines of 0.45 within a rule, 0.2 within a topic
GENERAL_WORDS, TOPIC_WORDS, RULE_WORDS = 3000, 40, 12
TEXT_WORDS = (16, 36)


class Shipped:
    """Stands for the embedder of the shipped calibration: nothing has to be embedded here."""

    fingerprint = "all-MiniLM-L6-v2/1"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> F32:
        raise NotImplementedError


def made_up_log(size: int, seed: int) -> tuple[GuidelineLog, list[int]]:
    """A log of ``size`` guidelines of one stream, and the rule of each."""
    rng = np.random.default_rng(seed)
    calibration = calibration_for(Shipped())
    rules = size // WORDINGS_A_RULE
    weight = 1.0 / (np.arange(rules) + 10.0)
    rule = rng.choice(rules, size, p=weight / weight.sum())
    topic = rng.integers(0, rules // RULES_A_TOPIC + 1, rules)
    texts = [_text(rng, int(number), int(topic[number])) for number in rule]
    return GuidelineLog(
        ids=tuple(f"cand_{seed}_{number:08d}" for number in range(size)),
        streams=(Stream.LOGIC,) * size,
        guidelines=tuple(texts),
        questions=("",) * size,
        subjects=tuple(f"subject {topic[number] // 8}" for number in rule),
        key_concepts=tuple((f"topic{topic[number]}", f"rule{number}") for number in rule),
        case_keys=tuple(f"case_{seed}_{number}" for number in range(size)),
        image_sha256=((),) * size,
        guideline_vectors=_vectors(rng, rule, topic, calibration, "text"),
        question_vectors=np.zeros((size, DIMENSION), np.float32),
        concept_vectors=_vectors(rng, rule, topic, calibration, "concept"),
    ), rule.tolist()


def _vectors(rng: np.random.Generator, rule: np.ndarray, topic: np.ndarray, calibration: EmbedderCalibration, kind: str) -> F32:
    """Unit vectors around the embedder's mean: shared parts by topic and rule (the same in every log), and noise."""
    fixed = np.random.default_rng(len(kind))
    topics = _unit(fixed.standard_normal((1 + int(topic.max()), DIMENSION), np.float32))
    rules = _unit(fixed.standard_normal((len(topic), DIMENSION), np.float32))
    parts = TOPIC * topics[topic[rule]] + RULE * rules[rule]
    own = parts + WORDING * _unit(rng.standard_normal((len(rule), DIMENSION), np.float32))
    mean = calibration.text_mean if kind == "text" else calibration.concept_mean
    return _unit(_unit(own) + mean)


def _text(rng: np.random.Generator, rule: int, topic: int) -> str:
    length = int(rng.integers(*TEXT_WORDS))
    draw = rng.random(length)
    general = (GENERAL_WORDS ** rng.random(length)).astype(np.int64)
    words = np.where(
        draw < 0.6, general, np.where(draw < 0.8, 10_000 + TOPIC_WORDS * topic + rng.integers(0, TOPIC_WORDS, length), 0)
    )
    own = 10_000_000 + RULE_WORDS * rule + rng.integers(0, RULE_WORDS, length)
    return " ".join(_word(int(word)) for word in np.where(words == 0, own, words))


def _word(number: int) -> str:
    letters = []
    while number:
        number, rest = divmod(number, 20)
        letters.append("bcdfghjklmnpqrstvwxz"[rest] + "aeiou"[rest % 5])
    return "".join(letters)


def _unit(vectors: F32) -> F32:
    unit: F32 = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def timed(work: Callable[[], Consolidation]) -> tuple[Consolidation, float, float]:
    """The result, wall seconds and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def estimate(sizes: argparse.Namespace, figures: dict[str, float], base_gib: float) -> dict[str, float]:
    """CPU seconds and GiB at ``sizes.far`` guidelines, by the method that the file's head describes."""
    small, large, far = sizes.small, sizes.large, sizes.far
    square = max(0.0, figures["large_cpu_s"] - figures["small_cpu_s"] * large / small) / (large**2 - small * large)
    linear = figures["large_cpu_s"] / large - square * large
    return {
        "far_s": linear * far + square * far**2,
        "far_gib": base_gib + (figures["peak_gib"] - base_gib) * far / (large + sizes.new),
        "far_new_s": figures["new_cpu_s"] * far / large,
    }


def run(log: GuidelineLog, memories: Sequence[Memory], name: str) -> Consolidation:
    return asyncio.run(
        consolidate(
            log,
            memories,
            [],
            [],
            embedder=Shipped(),
            merger=None,
            settings=ConsolidationSettings(capacity=0),
            consolidation_id=name,
        )
    )


def joined(one: GuidelineLog, other: GuidelineLog) -> GuidelineLog:
    columns = ((getattr(one, name), getattr(other, name)) for name in GuidelineLog.__slots__)
    return GuidelineLog(*(np.concatenate([a, b]) if isinstance(a, np.ndarray) else a + b for a, b in columns))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=1_000)
    parser.add_argument("--far", type=int, default=10_000_000)
    sizes = parser.parse_args()
    run(made_up_log(500, 9)[0], [], "warm")
    figures: dict[str, float] = {}
    base_gib = peak_gib()
    result = None
    for label, size in (("small", sizes.small), ("large", sizes.large)):
        log, rules = made_up_log(size, 1)
        result, wall, cpu = timed(lambda log=log: run(log, [], "all"))
        home = {member: memory.id for memory in result.changed for member in memory.member_ids}
        pairs = pair_score([home[name] for name in log.ids], rules)
        figures |= {f"{label}_s": wall, f"{label}_cpu_s": cpu, f"{label}_memories": len(result.changed), f"{label}_f1": pairs.f1}
        print(
            f"{size:>9,} guidelines: {wall:7.1f} s ({cpu:.1f} s CPU), {len(result.changed):,} memories, pairwise F1 {pairs.f1:.3f}"
        )
    both = joined(log, made_up_log(sizes.new, 2)[0])
    added, wall, cpu = timed(lambda: run(both, result.changed, "new"))
    peak = peak_gib()
    print(
        f"{sizes.new:>9,} more:       {wall:7.1f} s ({cpu:.1f} s CPU), {len(added.changed):,} memories changed; peak {peak:.1f} GiB"
    )
    figures |= {"new_s": wall, "new_cpu_s": cpu, "new_changed": len(added.changed), "peak_gib": peak}
    again, rules = made_up_log(sizes.small, 1)  # before and after the large one: machines have faster and slower minutes
    _, wall, cpu = timed(lambda: run(again, [], "all"))
    figures["small_s"], figures["small_cpu_s"] = (figures["small_s"] + wall) / 2, (figures["small_cpu_s"] + cpu) / 2
    figures["ratio"] = figures["large_s"] / figures["small_s"]
    far = estimate(sizes, figures, base_gib)
    print(
        f"{sizes.far:>9,} (estimate): {far['far_s'] / 3600:5.1f} h, {far['far_gib']:,.0f} GiB; {sizes.new:,} more {far['far_new_s']:,.0f} s"
    )
    figures |= far
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
