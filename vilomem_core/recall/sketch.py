"""Sign sketches: a few dozen bytes a vector that find, among a million, the few thousand worth a closer look.

Vectors are centred, turned by random directions, and reduced to signs; two vectors differ in about as many bits as the angle
between them is wide (Charikar 2002, "Similarity estimation techniques from rounding algorithms"). Counting differing bits reads
64 bytes a vector where the vector itself takes 1,536, and NumPy counts bits at about the speed of memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vilomem_core.types import F32

BITS = 512  # measured: recall@10 of the short list at a million memories, see docs/recall.md
SEED = 20_251_121  # any number; the directions are kept with the sketch, so another NumPy reads the same bits
BUILD_ROWS = 16_384
SCAN_ROWS = 16_384  # bits of so many rows stay in the cache while they are counted (measured)
SAMPLE_STEP = 8  # rows between those that are looked at to guess the distance of the ``count``-th nearest


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """Signs of n vectors: bit b of row i is in ``bits[b // 64, i]``."""

    mean: F32  # [dim]
    directions: F32  # [BITS, dim]
    bits: NDArray[np.uint64]  # [BITS // 64, n]

    def nearest(self, vector: F32, low: int, high: int, count: int, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """About ``count`` rows from ``low`` up to ``high`` whose vectors are likely the nearest, in no order.

        ``allowed`` is bool[high - low]; other rows are passed over.
        """
        code = _signs(np.vecdot(self.directions, vector - self.mean)[None, :])[:, 0]
        distance = np.empty(high - low, np.uint16)
        width = min(SCAN_ROWS, high - low)
        words, counts = np.empty((len(code), width), np.uint64), np.empty((len(code), width), np.uint8)
        for start in range(low, high, SCAN_ROWS):
            end = min(start + SCAN_ROWS, high)
            differing = np.bitwise_xor(self.bits[:, start:end], code[:, None], out=words[:, : end - start])
            ones = np.bitwise_count(differing, out=counts[:, : end - start])
            np.add.reduce(ones, axis=0, dtype=np.uint16, out=distance[start - low : end - low])
        if allowed is not None:
            distance[~allowed] = BITS + 1
        return _smallest(distance, count) + low


def build_sketch(vectors: F32) -> Sketch:
    """Sketch f32[n, dim]."""
    dim = vectors.shape[1]
    mean = np.asarray(vectors[:: max(1, len(vectors) // BUILD_ROWS)].mean(axis=0), np.float32)
    random = np.random.default_rng(SEED).standard_normal((dim, max(BITS, dim))).astype(np.float32)
    # orthogonal directions estimate angles with less noise than independent ones
    turns = [np.linalg.qr(random[:, start : start + dim])[0].T for start in range(0, BITS, dim)]
    directions = np.ascontiguousarray(np.concatenate(turns)[:BITS])
    bits = np.empty((BITS // 64, len(vectors)), np.uint64)
    for start in range(0, len(vectors), BUILD_ROWS):
        bits[:, start : start + BUILD_ROWS] = _signs((vectors[start : start + BUILD_ROWS] - mean) @ directions.T)
    return Sketch(mean, directions, bits)


def _signs(projected: NDArray[np.floating]) -> NDArray[np.uint64]:
    """u64[BITS // 64, rows] of the signs of f32[rows, BITS]."""
    packed = np.packbits(projected > 0, axis=1, bitorder="little").view("<u8")
    return np.ascontiguousarray(packed.T)


def _smallest(distance: NDArray[np.uint16], count: int) -> NDArray[np.int64]:
    """The places of about ``count`` of the smallest numbers; never more than twice as many, whatever the ties."""
    if count >= len(distance):
        return np.flatnonzero(distance <= BITS)
    sample = distance[::SAMPLE_STEP]
    place = min(count // SAMPLE_STEP, len(sample) - 1)
    cut = min(int(np.partition(sample, place)[place]), BITS)
    chosen = np.flatnonzero(distance <= cut)
    if len(chosen) <= 2 * count:
        return chosen
    return chosen[np.argpartition(distance[chosen], 2 * count)[: 2 * count]]
