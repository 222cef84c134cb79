"""What new guidelines reach: the part of a stream that has to be clustered again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vilomem_core.consolidation.neighbours import I64
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.wordings import Wordings
from vilomem_core.types import F32, Memory

REACH = 0.6  # of the link: a memory that a new wording comes so near to may gain, lose or part members
ALWAYS = 2  # memories that every new wording reaches, however many there are: the one that it may join, and its rival
ROOM = 4000  # wordings to cluster again; all memories within reach are, as far as they fit, and then order plays no part
SHOWN = 16  # wordings of a memory that are clustered again; the rest of a larger one goes with most of these
BLOCK = 1024  # vectors compared at a time: bounds memory

ASKABLE = 0.25  # calibrated similarity from which a judge is asked at all

FRESH = -1


@dataclass(frozen=True, slots=True)
class Region:
    """``chosen`` wordings are clustered again; ``open_rows`` of them for the first time; ``memories`` are those they touch.

    ``followers`` are the other wordings of a large memory, by the place of the memory in ``memories``. ``anew`` is False where only
    doubtful wordings are asked about again: without a judge's word they stay where they are.
    """

    chosen: tuple[int, ...]
    open_rows: tuple[int, ...]
    memories: tuple[Memory, ...]
    followers: tuple[tuple[int, ...], ...]
    anew: bool = True


def homes(wordings: Wordings, ids: Sequence[str], memories: Sequence[Memory]) -> I64:
    """i64[n_wordings]: the place in ``memories`` of each wording's memory; ``FRESH`` for none."""
    owner = {member: place for place, memory in enumerate(memories) for member in memory.member_ids}
    found = np.full(len(wordings.texts), FRESH)
    for wording, rows in enumerate(wordings.rows):
        found[wording] = next((owner[ids[row]] for row in rows if ids[row] in owner), FRESH)
    return found


def lonely(wordings: Wordings, home: I64) -> list[int]:
    """Wordings that are alone in their memory, although another one is near enough to ask a judge about."""
    alone = np.flatnonzero((home >= 0) & (np.bincount(home[home >= 0], minlength=1)[np.maximum(home, 0)] == 1))
    found: list[int] = []
    for start in range(0, len(alone), BLOCK):
        rows = alone[start : start + BLOCK]
        closeness = wordings.fused[rows] @ wordings.fused.T
        closeness[np.arange(len(rows)), rows] = -np.inf
        found += rows[closeness.max(axis=1) >= ASKABLE].tolist()
    return found


def whole_stream(home: I64, memories: Sequence[Memory]) -> Region:
    """Everything, for a rebuild."""
    everything = tuple(range(len(home)))
    return Region(everything, everything, tuple(memories), ((),) * len(memories))


def reached(
    wordings: Wordings, home: I64, memories: Sequence[Memory], doubtful: Sequence[int], settings: ConsolidationSettings
) -> Region:
    """The fresh and the ``doubtful`` wordings, and the memories near them."""
    opened = np.unique(np.concatenate([np.flatnonzero(home == FRESH), np.asarray(doubtful, np.int64)]))
    if not len(opened):
        return Region((), (), (), ())
    means, places = _means(wordings.fused, home)
    sizes = np.minimum(np.bincount(home[home >= 0], minlength=len(memories))[places], SHOWN)
    near = np.union1d(places[_near(wordings.fused[opened], means, sizes, REACH * settings.link)], home[doubtful])
    shown, followers = list(opened), []
    for members in _members(home, near):
        seen = members[np.unique(np.linspace(0, len(members) - 1, min(SHOWN, len(members)), dtype=np.int64))]
        shown.extend(seen)
        followers.append(tuple(np.setdiff1d(members, np.union1d(seen, opened)).tolist()))
    chosen = tuple(np.unique(np.asarray(shown, np.int64)).tolist())
    touched = tuple(memories[place] for place in near)
    return Region(chosen, tuple(opened.tolist()), touched, tuple(followers), bool((home[opened] == FRESH).any()))


def _means(fused: F32, home: I64) -> tuple[F32, I64]:
    """f32[m, dim]: the mean vector of each memory that has wordings, and i64[m] its place."""
    housed = np.flatnonzero(home >= 0)
    order = housed[np.argsort(home[housed], kind="stable")]
    places, starts, counts = np.unique(home[order], return_index=True, return_counts=True)
    if not len(order):
        return fused[:0], places
    means = np.add.reduceat(fused[order], starts, axis=0) / counts[:, None]
    return means.astype(np.float32), places


def _members(home: I64, places: I64) -> list[I64]:
    """The wordings of each of ``places``, which is sorted."""
    inside = np.flatnonzero(np.isin(home, places))
    order = inside[np.argsort(home[inside], kind="stable")]
    return np.split(order, np.searchsorted(home[order], places[1:])) if len(places) else []


def _near(vectors: F32, means: F32, sizes: I64, floor: float) -> I64:
    """The rows of ``means`` no farther than ``floor`` from some vector: the ``ALWAYS`` nearest of each, and others while there is room."""
    closest = np.full(len(means), -np.inf, np.float32)
    kept = np.zeros(len(means), np.bool_)
    count = min(ALWAYS, len(means))
    for start in range(0, len(vectors), BLOCK) if count else ():
        closeness = vectors[start : start + BLOCK] @ means.T
        nearest = np.argpartition(-closeness, count - 1, axis=1)[:, :count]
        kept[nearest[np.take_along_axis(closeness, nearest, 1) >= floor]] = True
        np.maximum(closest, closeness.max(axis=0), out=closest)
    order = np.argsort(-np.where(kept, closest + 10.0, closest), kind="stable")
    fitting = np.cumsum(sizes[order]) <= ROOM
    chosen: I64 = order[(closest[order] >= floor) & (kept[order] | fitting)]
    return np.sort(chosen)
