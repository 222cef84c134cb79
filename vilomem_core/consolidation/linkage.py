"""Average linkage among nearest neighbours, in NumPy.

Neighbours: up to some thousands of vectors all pairs are compared. Beyond, vectors are put into cells by k-means and only near cells
are searched, so that cost grows much slower than the square; what is missed is a neighbour now and then, never a vector.

Linkage: all pairs of clusters that are each other's nearest merge at once, round by round; for average linkage this gives the same
tree as merging one pair at a time (Bruynooghe 1978). The mean similarity of two clusters is the inner product of their mean vectors,
so no matrix of pairs is kept. Two clusters of some size merge only when they are nearly as close to each other as each is within
itself: rules of one topic lie close together, and no single threshold joins a loose rule's wordings and keeps a tight topic's rules
apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vilomem_core.types import F32

COHESION_SIZE = 4  # members that a cluster must have before its own tightness says anything
PAIR_BLOCK = 1024  # pairs of clusters compared at a time: bounds memory, and the rows stay in the cache

I64: TypeAlias = NDArray[np.int64]

EXACT_UP_TO = 4096  # vectors: all pairs take less time than building cells
CELL_SIZE = 256  # vectors a cell on average
PROBES = 8  # cells searched a vector: finds 97 % of the 32 nearest among 100,000 clustered vectors
ROUNDS = 4  # of k-means; more move few vectors
BLOCK = 1024  # vectors compared at a time: bounds memory


@dataclass(slots=True)
class _Linkage:
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
    clusters = _Linkage(
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


def _allowed(clusters: _Linkage, link: float, cohesion: float) -> NDArray[np.bool_]:
    left, right, sizes = clusters.left, clusters.right, clusters.sizes
    allowed: NDArray[np.bool_] = clusters.similarity >= link
    within = (clusters.norms - clusters.squares) / np.maximum(sizes * (sizes - 1), 1)
    grown = np.minimum(sizes[left], sizes[right]) >= COHESION_SIZE
    allowed &= ~grown | (clusters.similarity >= cohesion * np.minimum(within[left], within[right]))
    if len(clusters.forbidden):
        allowed &= ~np.isin(_keys(left, right, len(sizes)), clusters.forbidden)
    return allowed


def _reciprocal(clusters: _Linkage, allowed: NDArray[np.bool_]) -> tuple[I64, I64]:
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


def _merge(clusters: _Linkage, winners: I64, losers: I64) -> None:
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
    keys = sorted_unique(_keys(left[stale], right[stale], count))  # two pairs may have become one; elsewhere nothing has
    keys = keys[keys // count != keys % count]
    clusters.left = np.concatenate([left[~stale], keys // count])
    clusters.right = np.concatenate([right[~stale], keys % count])
    fresh = _similarity(clusters, keys // count, keys % count)
    clusters.similarity = np.concatenate([clusters.similarity[~stale], fresh])
    if len(clusters.forbidden):
        clusters.forbidden = np.unique(_keys(renamed[clusters.forbidden // count], renamed[clusters.forbidden % count], count))


def _similarity(clusters: _Linkage, left: I64, right: I64) -> F32:
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


def neighbour_pairs(vectors: F32, count: int, floor: float) -> tuple[I64, I64]:
    """Pairs (i64[p], i64[p]), left < right: each vector with its ``count`` nearest whose inner product is at least ``floor``."""
    size = len(vectors)
    if size <= EXACT_UP_TO:
        cells, probes = [np.arange(size)], np.zeros((size, 1), np.int64)
    else:
        cells, probes = _cells(vectors)
    found, near = _search(vectors, cells, probes, min(count, max(size - 1, 1)))
    left = np.repeat(np.arange(size), near.shape[1])
    right, inner = found.ravel(), near.ravel()
    keep = (right >= 0) & (inner >= floor)
    low, high = np.minimum(left, right)[keep], np.maximum(left, right)[keep]
    keys = sorted_unique(low * size + high)
    return keys // max(size, 1), keys % max(size, 1)


def sorted_unique(keys: I64) -> I64:
    """The different ones of ``keys``, sorted. For millions of numbers several times as fast as the hash table of ``np.unique``."""
    ordered = np.sort(keys)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def _cells(vectors: F32) -> tuple[list[I64], I64]:
    """The rows of each cell, and i64[n, PROBES]: the cells nearest to each vector, its own first."""
    count = len(vectors) // CELL_SIZE
    step = max(
        1, len(vectors) // (count * 32)
    )  # 32 training vectors a cell are enough (Johnson et al. 2017, arXiv 1702.08734, advise 30)
    training = vectors[::step]
    centres = training[:: max(1, len(training) // count)][:count].copy()
    for _ in range(ROUNDS):
        nearest = _nearest(training, centres, 1)[:, 0]
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, training)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), centres).astype(np.float32)
    probes = _nearest(vectors, centres, min(PROBES, len(centres)))
    order = np.argsort(probes[:, 0], kind="stable")
    borders = np.searchsorted(probes[order, 0], np.arange(1, len(centres)))
    return np.split(order, borders), probes


def _nearest(vectors: F32, centres: F32, count: int) -> I64:
    """i64[n, count]: the centres with the largest inner product, largest first."""
    chosen = np.empty((len(vectors), count), np.int64)
    for start in range(0, len(vectors), BLOCK * 8):
        inner = vectors[start : start + BLOCK * 8] @ centres.T
        best = (
            np.argpartition(-inner, count - 1, axis=1)[:, :count]
            if count < len(centres)
            else np.tile(np.arange(count), (len(inner), 1))
        )
        order = np.argsort(-np.take_along_axis(inner, best, 1), axis=1, kind="stable")
        chosen[start : start + BLOCK * 8] = np.take_along_axis(best, order, 1)
    return chosen


def _search(vectors: F32, cells: list[I64], probes: I64, count: int) -> tuple[I64, F32]:
    """i64[n, count] rows and f32[n, count] inner products of the nearest found; -1 where there are fewer."""
    found = np.full((len(vectors), count), -1, np.int64)
    near = np.full((len(vectors), count), -np.inf, np.float32)
    flat = probes.ravel()
    order = np.argsort(flat, kind="stable")
    askers = np.split(order // probes.shape[1], np.searchsorted(flat[order], np.arange(1, len(cells))))
    for members, asking in zip(cells, askers, strict=True):
        if not len(members):
            continue
        for start in range(0, len(asking), BLOCK):
            rows = asking[start : start + BLOCK]
            inner = vectors[rows] @ vectors[members].T
            inner[rows[:, None] == members[None, :]] = -np.inf
            _keep_best(found, near, rows, members, inner, count)
    return found, near


def _keep_best(found: I64, near: F32, rows: I64, members: I64, inner: F32, count: int) -> None:
    """Merges a block of inner products f32[len(rows), len(members)] into the best so far."""
    if len(members) > count:
        best = np.argpartition(-inner, count - 1, axis=1)[:, :count]
        inner, candidates = np.take_along_axis(inner, best, 1), members[best]
    else:
        candidates = np.broadcast_to(members, inner.shape)
    both = np.hstack([near[rows], inner])
    names = np.hstack([found[rows], np.where(np.isfinite(inner), candidates, -1)])
    best = np.argpartition(-both, count - 1, axis=1)[:, :count]
    near[rows], found[rows] = np.take_along_axis(both, best, 1), np.take_along_axis(names, best, 1)
