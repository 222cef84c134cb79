"""Sign sketches: a few dozen bytes a vector that find, among a million, the few thousand worth an exact comparison.

Vectors are centred, turned at random, and reduced to the signs of their coordinates; two vectors differ in about as many signs as the
angle between them is wide (Charikar 2002, "Similarity estimation techniques from rounding algorithms"). Counting differing bits reads
64 bytes a vector where the vector itself takes 1,536, and NumPy counts bits at about the speed of memory.

The turn is made of sign flips and Hadamard matrices, as in the fast Johnson-Lindenstrauss transform (Ailon & Chazelle 2009): a table
of random directions would be a megabyte that every query would move through the CPU caches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vilomem_core.types import F32

BITS = 512  # 256 that let twice as many pass lose answers (docs/recall.md has figures for 512)
TURNS = 2  # one would leave vectors of few large coordinates with few different signs
SEED = 20_251_121  # any number; the flips are kept with the sketch, so another NumPy reads the same bits
BUILD_NUMBERS = 1 << 22  # turned at a time, which bounds the memory of building
SAMPLED_ROWS = 16_384  # for the mean
SCAN_ROWS = 16_384  # bits of so many rows stay in the cache while they are counted (measured)
SAMPLE_STEP = 7  # every so manyth row is in the sample that estimates the distance of the ``count``-th nearest


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """Signs of n vectors: bit b of row i is in ``bits[b // 64, i]``."""

    mean: F32  # [dim]
    flips: F32  # [TURNS, *turn_shape(dim)], 1 and -1
    bits: NDArray[np.uint64]  # [BITS // 64, n]

    def nearest(self, vector: F32, low: int, high: int, count: int, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """About ``count`` rows, from half to twice as many, from ``low`` up to ``high`` whose vectors are likely the nearest, in no order.

        ``vector`` is f32[dim] of unit length; ``allowed`` is bool[high - low]: other rows are passed over.
        """
        code = _signs(_turned(vector[None, :] - self.mean, self.flips))
        distance = np.empty(high - low, np.uint16)
        width = min(SCAN_ROWS, high - low)
        words, counts = np.empty((len(code), width), np.uint64), np.empty((len(code), width), np.uint8)
        for start in range(low, high, SCAN_ROWS):
            end = min(start + SCAN_ROWS, high)
            differing = np.bitwise_xor(self.bits[:, start:end], code, out=words[:, : end - start])
            ones = np.bitwise_count(differing, out=counts[:, : end - start])
            np.add.reduce(ones, axis=0, dtype=np.uint16, out=distance[start - low : end - low])
        if allowed is not None:
            distance[~allowed] = BITS + 1
        return _smallest(distance, count) + low


def build_sketch(vectors: F32) -> Sketch:
    """Sketch f32[n, dim]."""
    rows, dim = vectors.shape
    mean = np.asarray(vectors[:: max(1, rows // SAMPLED_ROWS)].mean(axis=0), np.float32)
    flips = np.random.default_rng(SEED).choice(np.array([-1, 1], np.float32), (TURNS, *turn_shape(dim)))
    bits = np.empty((BITS // 64, rows), np.uint64)
    step = max(1, BUILD_NUMBERS // flips[0].size)
    for start in range(0, rows, step):
        bits[:, start : start + step] = _signs(_turned(vectors[start : start + step] - mean, flips))
    return Sketch(mean, flips, bits)


def turn_shape(dim: int) -> tuple[int, int]:
    """Rows and columns that a vector is laid out in to be turned: two powers of two, with room for ``dim`` and for ``BITS`` numbers."""
    width = max(BITS, 1 << (dim - 1).bit_length())
    across = 1 << (width.bit_length() // 2)
    return width // across, across


def _turned(centred: F32, flips: F32) -> F32:
    """f32[rows, width] of f32[rows, dim]: flipped and turned ``TURNS`` times, and longer by a factor of no interest here.

    A Hadamard matrix of the width is the Kronecker product of two small ones, so two small products do instead of a large one.
    """
    rows, (down, across) = len(centred), flips.shape[1:]
    turned = np.zeros((rows, down * across), np.float32)
    turned[:, : centred.shape[1]] = centred
    turned = turned.reshape(rows, down, across)
    for flip in flips:
        turned = _hadamard(down) @ ((turned * flip) @ _hadamard(across))
    return turned.reshape(rows, -1)


@cache
def _hadamard(size: int) -> F32:
    """f32[size, size] of 1 and -1 with orthogonal rows; ``size`` is a power of two."""
    if size == 1:
        matrix = np.ones((1, 1), np.float32)
    else:
        half = _hadamard(size // 2)
        matrix = np.block([[half, half], [half, -half]])
    matrix.setflags(write=False)
    return matrix


def _signs(turned: F32) -> NDArray[np.uint64]:
    """u64[BITS // 64, rows] of the signs of the first ``BITS`` of f32[rows, width]."""
    packed = np.packbits(turned[:, :BITS] > 0, axis=1, bitorder="little").view("<u8")
    return np.ascontiguousarray(packed.T)


def _smallest(distance: NDArray[np.uint16], count: int) -> NDArray[np.int64]:
    """The places of about ``count`` of the smallest numbers: from half to twice as many, whatever the order and the ties."""
    if count >= len(distance):
        return np.flatnonzero(distance <= BITS)
    chosen = _up_to_smallest(distance, distance[::SAMPLE_STEP], count // SAMPLE_STEP)
    if len(chosen) < count // 2:  # the near ones lie where the sample has none
        chosen = _up_to_smallest(distance, distance, count)
    if len(chosen) <= 2 * count:
        return chosen
    return chosen[np.argpartition(distance[chosen], 2 * count)[: 2 * count]]


def _up_to_smallest(distance: NDArray[np.uint16], sample: NDArray[np.uint16], place: int) -> NDArray[np.int64]:
    """The places of all numbers up to the one at ``place`` of the sorted sample; rows that are not allowed are never among them."""
    place = min(place, len(sample) - 1)
    return np.flatnonzero(distance <= min(int(np.partition(sample, place)[place]), BITS))
