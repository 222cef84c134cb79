"""What new guidelines affect: the part of a stream that has to be clustered again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vilomem_core.consolidation.judge_session import ASKABLE
from vilomem_core.consolidation.linkage import I64
from vilomem_core.consolidation.log import Wordings
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import F32, Memory

REACH = 0.6  # of the link: a memory that a new wording comes so near to may gain, lose or split members
NEAREST_ALWAYS = 2  # memories that every new wording reaches, however many there are: the one that it may join, and its rival
MAX_AFFECTED = 4000  # wordings to cluster again; all memories within reach are, as far as they fit, and then order plays no part
SAMPLED = 16  # wordings of a memory that are clustered again; the rest of a larger one goes with most of these
BLOCK = 1024  # vectors compared at a time: bounds memory

UNASSIGNED = -1  # a wording that no memory holds yet


@dataclass(frozen=True, slots=True)
class Affected:
    """``chosen`` wordings are clustered again; ``open_rows`` of them for the first time; ``memories`` are those they touch.

    ``owners`` are the places in ``memories`` of each chosen wording's memory, ``UNASSIGNED`` for none; ``followers`` the other wordings
    of a large memory, by the place of the memory. ``anew`` is False where only doubtful wordings are asked about again: without a
    judge's word they stay where they are.
    """

    chosen: tuple[int, ...]
    owners: tuple[int, ...]
    open_rows: tuple[int, ...]
    memories: tuple[Memory, ...]
    followers: tuple[tuple[int, ...], ...]
    anew: bool = True


def assignments(wordings: Wordings, ids: Sequence[str], memories: Sequence[Memory]) -> I64:
    """i64[n_wordings]: the place in ``memories`` of each wording's memory; ``UNASSIGNED`` for none."""
    owner = {member: place for place, memory in enumerate(memories) for member in memory.member_ids}
    found = np.full(len(wordings.texts), UNASSIGNED)
    for wording, rows in enumerate(wordings.rows):
        found[wording] = next((owner[ids[row]] for row in rows if ids[row] in owner), UNASSIGNED)
    return found


def singletons(wordings: Wordings, assigned: I64) -> list[int]:
    """Wordings that are alone in their memory, although another one is near enough to ask a judge about."""
    alone = np.flatnonzero((assigned >= 0) & (np.bincount(assigned[assigned >= 0], minlength=1)[np.maximum(assigned, 0)] == 1))
    found: list[int] = []
    for start in range(0, len(alone), BLOCK):
        rows = alone[start : start + BLOCK]
        closeness = wordings.fused[rows] @ wordings.fused.T
        closeness[np.arange(len(rows)), rows] = -np.inf
        found += rows[closeness.max(axis=1) >= ASKABLE].tolist()
    return found


def whole_stream(assigned: I64, memories: Sequence[Memory]) -> Affected:
    """Everything, for a rebuild."""
    everything = tuple(range(len(assigned)))
    return Affected(everything, tuple(assigned.tolist()), everything, tuple(memories), ((),) * len(memories))


def affected_by(
    wordings: Wordings, assigned: I64, memories: Sequence[Memory], doubtful: Sequence[int], settings: ConsolidationSettings
) -> Affected:
    """The new and the ``doubtful`` wordings, and the memories near them."""
    opened = np.unique(np.concatenate([np.flatnonzero(assigned == UNASSIGNED), np.asarray(doubtful, np.int64)]))
    if not len(opened):
        return Affected((), (), (), (), ())
    centroids, places = _centroids(wordings.fused, assigned)
    sizes = np.minimum(np.bincount(assigned[assigned >= 0], minlength=len(memories))[places], SAMPLED)
    near = np.union1d(places[_near(wordings.fused[opened], centroids, sizes, REACH * settings.link)], assigned[doubtful])
    shown, followers = list(opened), []
    for members in _members(assigned, near):
        seen = members[np.unique(np.linspace(0, len(members) - 1, min(SAMPLED, len(members)), dtype=np.int64))]
        shown.extend(seen)
        followers.append(tuple(np.setdiff1d(members, np.union1d(seen, opened)).tolist()))
    chosen = np.unique(np.asarray(shown, np.int64))
    owners = np.where(assigned[chosen] == UNASSIGNED, UNASSIGNED, np.searchsorted(near, assigned[chosen]))
    return Affected(
        chosen=tuple(chosen.tolist()),
        owners=tuple(owners.tolist()),
        open_rows=tuple(opened.tolist()),
        memories=tuple(memories[place] for place in near),
        followers=tuple(followers),
        anew=bool((assigned[opened] == UNASSIGNED).any()),
    )


def _centroids(fused: F32, assigned: I64) -> tuple[F32, I64]:
    """f32[m, dim]: the centroid of each memory that has wordings, and i64[m] its place."""
    rows = np.flatnonzero(assigned >= 0)
    order = rows[np.argsort(assigned[rows], kind="stable")]
    places, starts, counts = np.unique(assigned[order], return_index=True, return_counts=True)
    if not len(order):
        return fused[:0], places
    centroids = np.add.reduceat(fused[order], starts, axis=0) / counts[:, None]
    return centroids.astype(np.float32), places


def _members(assigned: I64, places: I64) -> list[I64]:
    """The wordings of each of ``places``, which is sorted."""
    inside = np.flatnonzero(np.isin(assigned, places))
    order = inside[np.argsort(assigned[inside], kind="stable")]
    return np.split(order, np.searchsorted(assigned[order], places[1:])) if len(places) else []


def _near(vectors: F32, centroids: F32, sizes: I64, floor: float) -> I64:
    """The rows of ``centroids`` no farther than ``floor`` from some vector: the ``NEAREST_ALWAYS`` nearest of each, and others while there is room."""
    closest = np.full(len(centroids), -np.inf, np.float32)
    kept = np.zeros(len(centroids), np.bool_)
    count = min(NEAREST_ALWAYS, len(centroids))
    for start in range(0, len(vectors), BLOCK) if count else ():
        closeness = vectors[start : start + BLOCK] @ centroids.T
        nearest = np.argpartition(-closeness, count - 1, axis=1)[:, :count]
        kept[nearest[np.take_along_axis(closeness, nearest, 1) >= floor]] = True
        np.maximum(closest, closeness.max(axis=0), out=closest)
    order = np.argsort(-np.where(kept, closest + 10.0, closest), kind="stable")
    fitting = np.cumsum(sizes[order]) <= MAX_AFFECTED
    chosen: I64 = order[(closest[order] >= floor) & (kept[order] | fitting)]
    return np.sort(chosen)
