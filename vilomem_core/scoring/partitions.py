"""How alike two partitions of the same things are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True)
class PairScore:
    """Over all pairs of things: ``precision`` of those put together, ``recall`` of those that belong together. 1 where there are none."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pair_score(found: Sequence[Hashable], wanted: Sequence[Hashable]) -> PairScore:
    """Labels of the same things in the same order; which names the labels have does not matter."""
    both, together, belonging = _pairs(found, wanted)
    return PairScore(both / together if together else 1.0, both / belonging if belonging else 1.0)


def adjusted_rand(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985): 1 for equal partitions, 0 on average for chance."""
    both, first, second = _pairs(one, other)
    pairs = comb(len(one), 2)
    expected = first * second / pairs if pairs else 0.0
    most = (first + second) / 2
    return (both - expected) / (most - expected) if most != expected else 1.0


def _pairs(one: Sequence[Hashable], other: Sequence[Hashable]) -> tuple[int, int, int]:
    """Pairs together in both, in the first, in the second."""
    counts = (Counter(zip(one, other, strict=True)), Counter(one), Counter(other))
    both, first, second = (sum(comb(count, 2) for count in counter.values()) for counter in counts)
    return both, first, second
