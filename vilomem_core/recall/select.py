"""From evidence to hits: the threshold admits, the match orders, rules that say the same are told once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vilomem_core.recall.bank import STREAMS, MemoryBank
from vilomem_core.recall.evidence import Evidence
from vilomem_core.types import F32, RecallHit

ROUNDING = 1e-5  # of cosines of unit vectors in f32


def select(bank: MemoryBank, found: Evidence, threshold: float, count: int, duplicate_cosine: float, rules: F32) -> list[int]:
    """Places in ``found`` of at most ``count`` memories, best match first.

    ``rules`` is f32[rows, text_dim], the rule vectors of ``found``. Equal matches are taken in the order of their ids.
    """
    admitted = np.flatnonzero(found.evidence >= threshold).tolist()
    ranked = sorted(admitted, key=lambda place: (-float(found.match[place]), bank.memory_ids[int(found.rows[place])]))
    chosen: list[int] = []
    for place in ranked:
        if len(chosen) == count:
            break
        if not chosen or float((rules[chosen] @ rules[place]).max()) <= duplicate_cosine + ROUNDING:
            chosen.append(place)
    return chosen


def make_hit(bank: MemoryBank, found: Evidence, place: int, threshold: float, images: Mapping[int, float]) -> RecallHit:
    """A hit that says how it was found; ``images`` holds the image cosine of rows that came by image similarity."""
    row = int(found.rows[place])
    scores = {name: float(values[place]) for name, values in found.parts.items() if not np.isnan(values[place])}
    evidence = float(found.evidence[place])
    steps = [f"image {images[row]:.2f}"] if row in images else []
    steps.append(f"lineage {scores['lineage']:.2f}")
    nearest = [name for name in ("rule", "member", "question", "concepts") if name in scores]
    closest = max(nearest, key=lambda name: scores[name])
    steps += [
        f"closest {closest} {scores[closest]:.2f}",
        f"words {scores['words']:.2f}",
        f"evidence {evidence:.2f} >= {threshold:.2f}",
    ]
    scores.pop("guideline", None)
    shown = {**({"image": images[row]} if row in images else {}), **scores, "evidence": evidence, "threshold": threshold}
    return RecallHit(
        memory_id=bank.memory_ids[row],
        stream=STREAMS[int(bank.streams[row])],
        rule=bank.rules[row],
        score=float(found.match[place]),
        scores=tuple((name, round(value, 4)) for name, value in shown.items()),
        path=", ".join(steps),
    )
