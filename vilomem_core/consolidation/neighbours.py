"""Nearest neighbours among many vectors, in NumPy.

Up to some thousands all pairs are compared. Beyond, vectors are put into cells by k-means and only near cells are searched, so that
cost grows much slower than the square; what is missed is a neighbour now and then, never a vector.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vilomem_core.types import F32

I64: TypeAlias = NDArray[np.int64]

EXACT_UP_TO = 4096  # vectors: all pairs take less time than building cells
CELL_SIZE = 256  # vectors a cell on average
PROBES = 8  # cells searched a vector: finds 97 % of the 32 nearest among 100,000 clustered vectors
ROUNDS = 4  # of k-means; more move few vectors
BLOCK = 1024  # vectors compared at a time: bounds memory


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
    keys = distinct(low * size + high)
    return keys // max(size, 1), keys % max(size, 1)


def distinct(keys: I64) -> I64:
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
