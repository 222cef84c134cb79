"""From evidence to hits: the threshold admits, the match orders, rules that say the same are told once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from vilomem_core.recall.bank import I64, STREAMS, MemoryBank
from vilomem_core.recall.evidence import Evidence
from vilomem_core.types import F32, RecallHit

ROUNDING = 1e-5  # of cosines of unit vectors in f32


@dataclass(frozen=True, slots=True)
class Admission:
    """What it takes to be recalled: one memory must reach ``threshold``; others at most ``margin`` below it may then come too.

    ``duplicate_cosine`` is the highest that two rules may have, ``count`` how many memories are taken.
    """

    threshold: float
    margin: float
    duplicate_cosine: float
    count: int

    def least(self, evidence: float) -> float:
        """The least evidence that a memory with this evidence had to have: runners-up need less."""
        return self.threshold if evidence >= self.threshold else self.threshold - self.margin


def select(bank: MemoryBank, text_offsets: I64, weighed: Iterable[Evidence], admission: Admission) -> list[tuple[Evidence, int]]:
    """The recalled memories, best match first, each as its place in a part of ``weighed``, which comes in that order.

    Runners-up only take places that are left over.
    """
    chosen: list[tuple[Evidence, int]] = []
    rules: list[F32] = []

    def take(found: Evidence, place: int) -> None:
        rule = bank.text_vectors[text_offsets[found.rows[place]]]  # a memory's first text is its rule
        if len(rules) < admission.count and not any(float(other @ rule) > admission.duplicate_cosine + ROUNDING for other in rules):
            chosen.append((found, place))
            rules.append(rule)

    runners_up: list[tuple[Evidence, int]] = []
    for found in weighed:
        for place in np.flatnonzero(found.evidence >= admission.threshold - admission.margin).tolist():
            if found.evidence[place] >= admission.threshold:
                take(found, place)
            else:
                runners_up.append((found, place))
        if len(chosen) == admission.count:
            break
    if chosen:
        for found, place in runners_up:
            take(found, place)
    return sorted(chosen, key=lambda one: -float(one[0].match[one[1]]))


def make_hit(bank: MemoryBank, found: Evidence, place: int, admission: Admission, images: Mapping[int, float]) -> RecallHit:
    """A hit that says how it was found; ``images`` holds the image cosine of rows that came by image similarity."""
    row = int(found.rows[place])
    scores = {name: value for name, values in found.parts.items() if not math.isnan(value := float(values[place]))}
    evidence = float(found.evidence[place])
    least = admission.least(evidence)
    steps = [f"image {images[row]:.2f}"] if row in images else []
    steps.append(f"lineage {scores['lineage']:.2f}")
    nearest = [name for name in ("rule", "member", "question", "concepts") if name in scores]
    closest = max(nearest, key=lambda name: scores[name])
    steps += [
        f"closest {closest} {scores[closest]:.2f}",
        f"words {scores['words']:.2f}",
        f"evidence {evidence:.2f} >= {least:.2f}" + (" as runner-up" if evidence < admission.threshold else ""),
    ]
    scores.pop("guideline", None)
    shown = {**({"image": images[row]} if row in images else {}), **scores, "evidence": evidence, "threshold": least}
    return RecallHit(
        memory_id=bank.memory_ids[row],
        stream=STREAMS[int(bank.streams[row])],
        rule=bank.rules[row],
        score=float(found.match[place]),
        scores=tuple((name, round(value, 4)) for name, value in shown.items()),
        path=", ".join(steps),
    )
