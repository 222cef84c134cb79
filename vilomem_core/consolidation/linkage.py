"""Average linkage by reciprocal nearest clusters.

All pairs of clusters that are each other's nearest merge at once, round by round; for average linkage this gives the same tree as
merging one pair at a time (Bruynooghe 1978). The mean similarity of two clusters is the inner product of their mean vectors, so no
matrix of pairs is kept. Two clusters of some size merge only when they are nearly as close to each other as each is within itself:
rules of one topic lie close together, and no single threshold joins a loose rule's wordings and keeps a tight topic's rules apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vilomem_core.consolidation.neighbours import I64, distinct
from vilomem_core.types import F32

COHESION_SIZE = 4  # members that a cluster must have before its own tightness says anything
PAIR_BLOCK = 1024  # pairs of clusters compared at a time: bounds memory, and the rows stay in the cache


@dataclass(slots=True)
class _Clusters:
    """Clusters, each named by its lowest member; ``name`` i64[n] of each member's.

    ``sums`` f32[n, dim], ``sizes`` f64[n], ``norms`` (squared length of the sum) and ``squares`` (sum of squared lengths) f64[n] hold at
    the names. Pairs of clusters have left < right, each once; ``forbidden`` are keys of pairs.
    """

    name: I64
    sums: F32
    sizes: NDArray[np.float64]
    norms: NDArray[np.float64]
    squares: NDArray[np.float64]
    left: I64
    right: I64
    similarity: F32
    forbidden: I64


def agglomerate(vectors: F32, pairs: tuple[I64, I64], forbidden: tuple[I64, I64], link: float, cohesion: float) -> I64:
    """i64[n] cluster numbers from 0. Only clusters with a pair of ``pairs`` between them and none of ``forbidden`` may merge.

    ``link`` is the least mean similarity of two clusters; ``cohesion`` its least share in the lesser similarity within either,
    where both have ``COHESION_SIZE`` members. The result does not depend on the order of the pairs.
    """
    squares = np.einsum("ij,ij->i", vectors, vectors).astype(np.float64)
    clusters = _Clusters(
        name=np.arange(len(vectors)),
        sums=vectors.copy(),
        sizes=np.ones(len(vectors)),
        norms=squares.copy(),
        squares=squares,
        left=pairs[0],
        right=pairs[1],
        similarity=np.empty(0, np.float32),
        forbidden=_keys(forbidden[0], forbidden[1], len(vectors)),
    )
    clusters.similarity = _similarity(clusters, clusters.left, clusters.right)
    while len(clusters.left):
        winners, losers = _reciprocal(clusters, _allowed(clusters, link, cohesion))
        if not len(winners):
            break
        _merge(clusters, winners, losers)
    return np.unique(clusters.name, return_inverse=True)[1]


def _allowed(clusters: _Clusters, link: float, cohesion: float) -> NDArray[np.bool_]:
    left, right, sizes = clusters.left, clusters.right, clusters.sizes
    allowed: NDArray[np.bool_] = clusters.similarity >= link
    within = (clusters.norms - clusters.squares) / np.maximum(sizes * (sizes - 1), 1)
    grown = np.minimum(sizes[left], sizes[right]) >= COHESION_SIZE
    allowed &= ~grown | (clusters.similarity >= cohesion * np.minimum(within[left], within[right]))
    if len(clusters.forbidden):
        allowed &= ~np.isin(_keys(left, right, len(sizes)), clusters.forbidden)
    return allowed


def _reciprocal(clusters: _Clusters, allowed: NDArray[np.bool_]) -> tuple[I64, I64]:
    """The pairs of clusters that are each other's nearest; ties go to the lower name."""
    left, right, similarity = clusters.left[allowed], clusters.right[allowed], clusters.similarity[allowed]
    count = len(clusters.sizes)
    best = np.full(count, -np.inf, np.float32)
    np.maximum.at(best, left, similarity)
    np.maximum.at(best, right, similarity)
    nearest = np.full(count, count)
    for own, other in ((left, right), (right, left)):
        closest = similarity == best[own]
        np.minimum.at(nearest, own[closest], other[closest])
    here = np.flatnonzero(nearest < count)
    here = here[nearest[here] > here]
    mutual = nearest[nearest[here]] == here
    return here[mutual], nearest[here[mutual]]


def _merge(clusters: _Clusters, winners: I64, losers: I64) -> None:
    """Joins the losers to the winners, whose names are lower, and brings the pairs up to date."""
    count = len(clusters.sizes)
    inner = np.einsum("ij,ij->i", clusters.sums[winners], clusters.sums[losers])
    clusters.norms[winners] += clusters.norms[losers] + 2.0 * inner
    for column in (clusters.sums, clusters.sizes, clusters.squares):
        column[winners] += column[losers]
    renamed = np.arange(count)
    renamed[losers] = winners
    clusters.name = renamed[clusters.name]
    changed = np.zeros(count, np.bool_)
    changed[winners] = True
    left, right = renamed[clusters.left], renamed[clusters.right]
    stale = changed[left] | changed[right]
    keys = distinct(_keys(left[stale], right[stale], count))  # two pairs may have become one; elsewhere nothing has
    keys = keys[keys // count != keys % count]
    clusters.left = np.concatenate([left[~stale], keys // count])
    clusters.right = np.concatenate([right[~stale], keys % count])
    fresh = _similarity(clusters, keys // count, keys % count)
    clusters.similarity = np.concatenate([clusters.similarity[~stale], fresh])
    if len(clusters.forbidden):
        clusters.forbidden = np.unique(_keys(renamed[clusters.forbidden // count], renamed[clusters.forbidden % count], count))


def _similarity(clusters: _Clusters, left: I64, right: I64) -> F32:
    """f32[p]: mean similarity over all pairs of members."""
    similarity = np.empty(len(left), np.float32)
    for start in range(0, len(left), PAIR_BLOCK):
        block = slice(start, start + PAIR_BLOCK)
        similarity[block] = np.einsum("ij,ij->i", clusters.sums[left[block]], clusters.sums[right[block]])
    pairs: F32 = (clusters.sizes[left] * clusters.sizes[right]).astype(np.float32)
    return similarity / pairs


def _keys(left: I64, right: I64, count: int) -> I64:
    """One number a pair, in either order."""
    keys: I64 = np.minimum(left, right).astype(np.int64) * count + np.maximum(left, right)
    return keys
