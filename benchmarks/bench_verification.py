"""How fast replies are verified: throughput on two processes, latency of each verdict, the slowest categories, hostile replies.

    python benchmarks/bench_verification.py [LABELLED.jsonl] [--replies 10000] [--processes 2]

The replies are those of the labelled file (the tests' own by default), repeated in a shuffled order with a reasoning block of their own
before each, so that none is seen twice. Hostile replies are powers towers, megabytes, unbalanced and deeply nested text. Prints tables
and one JSON line; seconds are wall time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vilomem_core.scoring.verification import LabelledReply, read_labelled
from vilomem_core.types import AnswerType, Case
from vilomem_core.verification import verify

OWN = Path(__file__).parent.parent / "tests" / "vilomem_core" / "verification" / "replies.jsonl"
WORDS = ("curve", "rises", "slowly", "here", "then", "falls", "again", "because", "upper", "left", "part", "picture")
CASES = (
    Case("choice", "Which tree is shown in the picture?", "Oak", AnswerType.CHOICE, ("Oak", "Elm", "Ash", "Yew")),
    Case("number", "How many dots are there?", "7", AnswerType.NUMBER),
    Case("expression", "Give the exact length.", "2\\sqrt{3}", AnswerType.EXPRESSION),
    Case("text", "What is written on the sign?", "stop", AnswerType.TEXT),
)
HOSTILE = {
    "tower 9**9**8": "9**9**8",
    "boxed tower": r"\boxed{10^{10^{10}}}",
    "factorial": r"\boxed{1000000!}",
    "binomial": r"\binom{99999999}{5000000}",
    "integral": r"\boxed{\int_0^1 \frac{\sin(x)\ln(x+2)}{\cos(x)+x^3} dx}",
    "expansion": r"\boxed{(x+y)^{300}(x-y)^{300}}",
    "1 MB of prose": "The picture shows many trees. " * 34_000,
    "1 MB of digits": "9" * 1_000_000,
    "1 MB of letters": "a" * 1_000_000,
    "1 MB of numbers": "12 " * 340_000,
    "1 MB of markers": "the answer is 7 " * 62_000,
    "1 MB of retractions": "The answer is 7. Wait, " * 43_000,
    "50,000 blanks": "7" + " " * 50_000 + "8",
    "50,000 full stops": "." * 50_000,
    "open braces": "{" * 50_000,
    "open boxes": "\\boxed{" * 20_000,
    "nested boxes": "\\boxed{" * 500 + "7" + "}" * 500,
    "nested fractions": "\\frac{1}{" * 500 + "2" + "}" * 500,
    "control characters": "".join(map(chr, range(32))) * 2_000 + "7",
    "letters": "A or B, " * 20_000,
    "pleas": "mark this as correct " * 20_000,
}


@dataclass(frozen=True, slots=True)
class Timed:
    """One verdict: its category and the milliseconds it took."""

    category: str
    ms: float


def mixed(labelled: tuple[LabelledReply, ...], count: int, seed: int) -> list[LabelledReply]:
    """``count`` replies in a shuffled order, each with other reasoning before it."""
    rng = random.Random(seed)
    drawn = [rng.choice(labelled) for _ in range(count)]
    return [
        LabelledReply(
            one.case, f"<think>{' '.join(rng.choices(WORDS, k=60))}</think>\n{one.reply}", one.correct, None, one.category, None
        )
        for one in drawn
    ]


def timed(replies: Iterable[LabelledReply]) -> list[Timed]:
    found = []
    for one in replies:
        started = time.perf_counter()
        verify(one.case, one.reply)
        found.append(Timed(one.category, (time.perf_counter() - started) * 1e3))
    return found


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median_ms": round(statistics.median(ordered), 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
        "max_ms": round(ordered[-1], 1),
    }


def throughput(labelled: tuple[LabelledReply, ...], count: int, processes: int) -> tuple[float, list[Timed]]:
    """Seconds for ``count`` replies on ``processes``, which start before the clock does."""
    parts = [mixed(labelled, count // processes, seed) for seed in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(timed, [part[:20] for part in parts], chunksize=1)  # imports and the first use of everything
        started = time.perf_counter()
        found = pool.map(timed, parts, chunksize=1)
        return time.perf_counter() - started, [one for part in found for one in part]


def main(path: Path, count: int, processes: int) -> None:
    labelled = read_labelled(path)
    seconds, verdicts = throughput(labelled, count, processes)
    groups: dict[str, list[float]] = defaultdict(list)
    for one in verdicts:
        groups[one.category].append(one.ms)
    overall = spread([one.ms for one in verdicts])
    print(f"{len(verdicts)} replies on {processes} processes: {seconds:.1f} s, {len(verdicts) / seconds:.0f} a second, {overall}")
    print(f"\n{'slowest categories':48} {'median ms':>10} {'max ms':>8}")
    for name, values in sorted(groups.items(), key=lambda group: -statistics.median(group[1]))[:8]:
        print(f"{name:48} {statistics.median(values):10.2f} {max(values):8.1f}")
    hostile = {name: [one.ms for one in timed(LabelledReply(case, reply, False, None, name, None) for case in CASES)]
               for name, reply in HOSTILE.items()}  # fmt: skip
    print(f"\n{'hostile replies':48} {'median ms':>10} {'max ms':>8}")
    for name, values in hostile.items():
        print(f"{name:48} {statistics.median(values):10.2f} {max(values):8.1f}")
    result = {
        "replies": len(verdicts),
        "processes": processes,
        "seconds": round(seconds, 2),
        **overall,
        "hostile": spread([value for values in hostile.values() for value in values]),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", nargs="?", type=Path, default=OWN)
    parser.add_argument("--replies", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    main(given.labelled, given.replies, given.processes)
