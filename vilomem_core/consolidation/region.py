"""What new guidelines reach: the part of a stream that has to be clustered again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from vilomem_core.consolidation.neighbours import I64
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.wordings import Wordings
from vilomem_core.types import F32, Memory

REACH = 0.6  # of the link: a memory that new wordings come so near to may gain, lose or part members
BLOCK = 2048  # vectors compared at a time: bounds memory
MAX_WORDINGS = 20_000  # bounds one run in a log where everything is near everything; the nearest memories come first

FRESH, FROZEN = -1, -2


@dataclass(frozen=True, slots=True)
class Region:
    """``chosen`` wordings are clustered again; ``open_rows`` of them are looked at for the first time; ``memories`` they touch."""

    chosen: tuple[int, ...]
    open_rows: tuple[int, ...]
    memories: tuple[Memory, ...]


def homes(wordings: Wordings, ids: Sequence[str], memories: Sequence[Memory], frozen: Collection[str]) -> I64:
    """i64[n_wordings]: the place in ``memories`` of each wording's memory; ``FRESH`` for none, ``FROZEN`` for one of ``frozen``."""
    owner = {member: place for place, memory in enumerate(memories) for member in memory.member_ids}
    found = np.full(len(wordings.texts), FRESH)
    for wording, rows in enumerate(wordings.rows):
        place = next((owner[ids[row]] for row in rows if ids[row] in owner), FRESH)
        found[wording] = FROZEN if place != FRESH and memories[place].id in frozen else place
    return found


def whole_stream(home: I64, memories: Sequence[Memory], frozen: Collection[str]) -> Region:
    """Everything but the frozen memories, for a rebuild."""
    chosen = tuple(np.flatnonzero(home != FROZEN).tolist())
    return Region(chosen, chosen, tuple(memory for memory in memories if memory.id not in frozen))


def reached(
    wordings: Wordings, home: I64, memories: Sequence[Memory], doubtful: Sequence[int], settings: ConsolidationSettings
) -> Region:
    """The fresh and the ``doubtful`` wordings, the memories near them, and those near these."""
    opened = np.unique(np.concatenate([np.flatnonzero(home == FRESH), np.asarray(doubtful, np.int64)]))
    if not len(opened):
        return Region((), (), ())
    means, places = _means(wordings.fused, home)
    near = _closeness(wordings.fused[opened], means)
    first = near >= REACH * settings.link
    second = np.maximum(_closeness(means[first], means), near)
    order = np.argsort(-np.where(first, near + 1.0, second), kind="stable")
    taken = order[(first | (second >= settings.link))[order]]
    sizes = np.bincount(home[home >= 0], minlength=len(memories))[places[taken]]
    taken = places[taken[np.cumsum(sizes) <= MAX_WORDINGS]]
    chosen = np.union1d(opened, np.flatnonzero(np.isin(home, taken)))
    touched = np.unique(home[chosen][home[chosen] >= 0])
    return Region(tuple(chosen.tolist()), tuple(opened.tolist()), tuple(memories[place] for place in touched))


def _means(fused: F32, home: I64) -> tuple[F32, I64]:
    """f32[m, dim]: the mean vector of each memory that has wordings, and i64[m] its place."""
    housed = np.flatnonzero(home >= 0)
    order = housed[np.argsort(home[housed], kind="stable")]
    places, starts, counts = np.unique(home[order], return_index=True, return_counts=True)
    if not len(order):
        return fused[:0], places
    means = np.add.reduceat(fused[order], starts, axis=0) / counts[:, None]
    return means.astype(np.float32), places


def _closeness(vectors: F32, means: F32) -> F32:
    """f32[m]: how near the nearest of ``vectors`` comes to each mean."""
    best = np.full(len(means), -np.inf, np.float32)
    for start in range(0, len(vectors), BLOCK):
        np.maximum(best, (vectors[start : start + BLOCK] @ means.T).max(axis=0), out=best)
    return best
