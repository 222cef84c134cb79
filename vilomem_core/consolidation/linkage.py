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

from vilomem_core.consolidation.neighbours import I64
from vilomem_core.types import F32

COHESION_SIZE = 4  # members that a cluster must have before its own tightness says anything
PAIR_BLOCK = 16_384  # pairs of clusters compared at a time: bounds memory


@dataclass(slots=True)
class _Clusters:
    """Clusters by number: ``sums`` f32[m, dim], ``sizes`` and ``squares`` (squared lengths summed) f64[m]. Pairs: left < right."""

    sums: F32
    sizes: NDArray[np.float64]
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
    labels = np.arange(len(vectors))
    clusters = _Clusters(
        sums=vectors.copy(),
        sizes=np.ones(len(vectors)),
        squares=np.einsum("ij,ij->i", vectors, vectors).astype(np.float64),
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
        renamed = _merge(clusters, winners, losers)
        labels = renamed[labels]
    return labels


def _allowed(clusters: _Clusters, link: float, cohesion: float) -> NDArray[np.bool_]:
    left, right, sizes = clusters.left, clusters.right, clusters.sizes
    allowed: NDArray[np.bool_] = clusters.similarity >= link
    own = np.einsum("ij,ij->i", clusters.sums, clusters.sums, dtype=np.float64) - clusters.squares
    within = own / np.maximum(sizes * (sizes - 1), 1)
    grown = np.minimum(sizes[left], sizes[right]) >= COHESION_SIZE
    allowed &= ~grown | (clusters.similarity >= cohesion * np.minimum(within[left], within[right]))
    if len(clusters.forbidden):
        allowed &= ~np.isin(_keys(left, right, len(sizes)), clusters.forbidden)
    return allowed


def _reciprocal(clusters: _Clusters, allowed: NDArray[np.bool_]) -> tuple[I64, I64]:
    """The pairs of clusters that are each other's nearest; ties go to the lower number."""
    left, right, similarity = clusters.left[allowed], clusters.right[allowed], clusters.similarity[allowed]
    own, other = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort((other, -np.concatenate([similarity, similarity]), own))
    own, other = own[order], other[order]
    first = np.concatenate([[True], own[1:] != own[:-1]]) if len(own) else np.zeros(0, np.bool_)
    nearest = np.full(len(clusters.sizes), -1)
    nearest[own[first]] = other[first]
    here = np.arange(len(nearest))
    mutual = (nearest > here) & (nearest[nearest] == here)
    return here[mutual], nearest[mutual]


def _merge(clusters: _Clusters, winners: I64, losers: I64) -> I64:
    """Joins the losers to the winners, renumbers, and returns i64[m] the new number of each old cluster."""
    count = len(clusters.sizes)
    for column in (clusters.sums, clusters.sizes, clusters.squares):
        column[winners] += column[losers]
    kept = np.ones(count, np.bool_)
    kept[losers] = False
    renamed = np.cumsum(kept) - 1
    renamed[losers] = renamed[winners]
    changed = np.zeros(count, np.bool_)
    changed[winners] = True
    changed = changed[kept]
    clusters.sums, clusters.sizes, clusters.squares = clusters.sums[kept], clusters.sizes[kept], clusters.squares[kept]
    left, right = renamed[clusters.left], renamed[clusters.right]
    outer = left != right
    keys, first = np.unique(_keys(left[outer], right[outer], count), return_index=True)
    clusters.left, clusters.right = keys // count, keys % count
    clusters.similarity = clusters.similarity[outer][first]
    stale = changed[clusters.left] | changed[clusters.right]
    clusters.similarity[stale] = _similarity(clusters, clusters.left[stale], clusters.right[stale])
    if len(clusters.forbidden):
        clusters.forbidden = np.unique(
            _keys(renamed[clusters.forbidden // count], renamed[clusters.forbidden % count], len(clusters.sizes))
        )
    return renamed


def _similarity(clusters: _Clusters, left: I64, right: I64) -> F32:
    """f32[p]: mean similarity over all pairs of members."""
    means = clusters.sums / clusters.sizes[:, None].astype(np.float32)
    similarity = np.empty(len(left), np.float32)
    for start in range(0, len(left), PAIR_BLOCK):
        block = slice(start, start + PAIR_BLOCK)
        similarity[block] = np.einsum("ij,ij->i", means[left[block]], means[right[block]])
    return similarity


def _keys(left: I64, right: I64, count: int) -> I64:
    """One number a pair, in either order."""
    keys: I64 = np.minimum(left, right).astype(np.int64) * count + np.maximum(left, right)
    return keys
