"""Memories that were retired for good: they keep their guidelines, and take in new ones that state their rule again.

Without this a harmful rule would come back under another name as soon as a critic writes it once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from vilomem_core.consolidation.neighbours import I64
from vilomem_core.consolidation.region import FRESH
from vilomem_core.types import Memory


def set_apart(
    groups: Sequence[Sequence[int]], home: I64, living: Sequence[Memory], touched: Sequence[Memory], frozen: Collection[str]
) -> list[list[int]]:
    """The groups with those of ``frozen`` memories made whole again. ``home`` holds places in ``living``.

    A group of frozen and new wordings belongs to the frozen memory; one that holds wordings of another memory is left to that one.
    """
    wanted = {memory.id for memory in touched} & set(frozen)
    kept = {place: np.flatnonzero(home == place).tolist() for place, memory in enumerate(living) if memory.id in wanted}
    if not kept:
        return [list(group) for group in groups]
    others = []
    for group in groups:
        rest = [wording for wording in group if home[wording] not in kept]
        owners = Counter(int(home[wording]) for wording in group if home[wording] in kept)
        if owners and all(home[wording] == FRESH for wording in rest):
            kept[min(owners, key=lambda place: (-owners[place], place))] += rest
        elif rest:
            others.append(rest)
    return [*others, *(sorted(wordings) for wordings in kept.values() if wordings)]
