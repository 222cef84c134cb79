"""A classical image descriptor: what a picture looks like, without a model and without a download.

A picture is resized to a square of 96 pixels, its luminance brought to mean 0 and deviation 1 (so that brightness and contrast do
not count), and described by seven blocks, each of unit length before its weight:

    layout       low frequencies of luminance (cosine transform, as in the colour layout descriptor of MPEG-7)
    colours      low frequencies of the two colour differences
    orientations where edges run which way, in 6 x 6 cells (Dalal and Triggs 2005)
    texture      energy by spatial frequency, whatever the direction
    hues         which colours, and how much grey
    tones        how luminance spreads between its darkest and its lightest
    shape        width over height

The weights were set on 286 pictures of eight benchmarks and hardly matter: halving or doubling one moves the share of altered
copies that find their original by less than 2 % on either half. It knows what figures look like, not what they mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from vilomem_core.images import decode
from vilomem_core.types import F32, Image

SIDE = 96  # pixels; thin lines survive it, and a picture takes about 4 ms
LUMA_TERMS = 12  # low frequencies kept a side, of luminance
CHROMA_TERMS = 4
CELLS = 6  # a side
ORIENTATIONS = 8
BANDS = 13  # half octaves of spatial frequency
HUES = 12
TONES = 8
SHAPES = np.linspace(-2, 2, 9)  # log2 of width over height, from 1:4 to 4:1
SHAPE_WIDTH = 0.35
VIVID = 60.0  # colour difference, of 127, from which a colour counts as a full colour
# what is added to a deviation before dividing by it: noise in flat pictures must not be blown up
LUMA_FLOOR, CHROMA_FLOOR, TONE_FLOOR = 4.0, 8.0, 8.0

F64: TypeAlias = NDArray[np.float64]

WEIGHTS = (0.6, 0.6, 1.0, 0.6, 0.6, 0.5, 0.6)  # of the blocks, in the order above


@dataclass(frozen=True, slots=True)
class Planes:
    """A picture resized to a square, f64[side, side] each.

    ``luma`` has mean 0 and deviation about 1, ``tone`` is luminance from 0 to 255, ``blue`` and ``red`` go from -128 to 127.
    """

    luma: F64
    tone: F64
    blue: F64
    red: F64


class Descriptor:
    """``ImageEmbedder`` of 506 dimensions. Small crops, scaling, recompression and brightness leave the nearest neighbour alone."""

    fingerprint = "descriptor/1"
    dimension = LUMA_TERMS**2 - 1 + 2 * CHROMA_TERMS**2 + CELLS**2 * ORIENTATIONS + BANDS + HUES + 1 + TONES + len(SHAPES)

    def embed(self, images: Sequence[Image]) -> F32:
        """f32[len(images), dimension], rows of unit length."""
        vectors = np.zeros((len(images), self.dimension), np.float32)
        for vector, image in zip(vectors, images, strict=True):
            vector[:] = describe(decode(image))
        return vectors


def describe(picture: PIL.Image.Image) -> F32:
    """f32[dimension] of unit length for an RGB picture."""
    planes = planes_of(picture)
    slope, angle = gradient(planes.luma)
    blocks = (
        _layout(planes.luma, LUMA_TERMS)[1:],
        _colours(planes),
        _orientations(slope, angle),
        _texture(planes.luma),
        _hues(planes),
        _tones(planes),
        _shape(picture.width / picture.height),
    )
    return _unit(np.concatenate([_unit(block) * weight for block, weight in zip(blocks, WEIGHTS, strict=True)])).astype(np.float32)


def planes_of(picture: PIL.Image.Image, side: int = SIDE) -> Planes:
    """The planes of an RGB picture, resized to a square of ``side`` pixels."""
    # two steps of reduction: a fast coarse one, then an exact one from twice the size
    small = picture.resize((side, side), PIL.Image.Resampling.BILINEAR, reducing_gap=2.0).convert("YCbCr")
    pixels = np.asarray(small, np.float64)
    tone = pixels[..., 0]
    luma = (tone - tone.mean()) / (tone.std() + LUMA_FLOOR)
    return Planes(luma, tone, pixels[..., 1] - 128, pixels[..., 2] - 128)


def gradient(luma: F64) -> tuple[F64, F64]:
    """Strength, and direction from 0 to 1 for half a turn: light to dark and dark to light are one edge."""
    down, right = _slope(luma), _slope(luma.T).T
    angle = np.arctan2(down, right)
    angle[angle < 0] += np.pi  # a remainder would say the same, six times as slowly
    return np.sqrt(down**2 + right**2), angle / np.pi


def _slope(plane: F64) -> F64:
    """Central differences down the columns, one-sided at the edges."""
    slope = np.empty_like(plane)
    slope[1:-1] = (plane[2:] - plane[:-2]) / 2
    slope[0], slope[-1] = plane[1] - plane[0], plane[-1] - plane[-2]
    return slope


def _layout(plane: F64, terms: int) -> F64:
    """f64[terms * terms]: the lowest frequencies of the cosine transform; the first is the mean."""
    low: F64 = BASIS[:terms] @ plane @ BASIS[:terms].T * DAMPING[:terms, :terms]
    return low.ravel()


def _colours(planes: Planes) -> F64:
    scale = 1 / (np.sqrt((planes.blue**2 + planes.red**2).mean()) + CHROMA_FLOOR)
    colours: F64 = np.concatenate([_layout(plane, CHROMA_TERMS) for plane in (planes.blue, planes.red)]) * scale
    return colours


def _orientations(slope: F64, angle: F64) -> F64:
    rows = np.arange(SIDE) * CELLS // SIDE
    cell = (rows[:, None] * CELLS + rows) * ORIENTATIONS
    return _centred(_shared(angle * ORIENTATIONS, ORIENTATIONS, slope, cell, CELLS**2 * ORIENTATIONS))


def _texture(luma: F64) -> F64:
    energy = np.sqrt(np.bincount(BAND.ravel(), (np.abs(np.fft.rfft2(luma)) ** 2).ravel(), BANDS))
    shares: F64 = energy / (energy.sum() + 1e-9)
    return shares - float(shares.mean())


def _hues(planes: Planes) -> F64:
    vividness = np.minimum(np.sqrt(planes.blue**2 + planes.red**2) / VIVID, 1)
    turn = np.arctan2(planes.red, planes.blue) / (2 * np.pi)
    turn[turn < 0] += 1
    hues = _shared(turn * HUES, HUES, vividness, np.zeros((SIDE, SIDE), np.intp), HUES)
    return _centred(np.append(hues, (1 - vividness).sum()))


def _tones(planes: Planes) -> F64:
    counts = np.bincount(planes.tone.astype(np.intp).ravel(), minlength=len(LEVELS))
    dark, light = (_quantile(counts, share) for share in (0.02, 0.98))
    place = np.clip((LEVELS - dark) / (light - dark + TONE_FLOOR), 0, 1) * (TONES - 1)
    return _centred(np.bincount(np.rint(place).astype(np.intp), counts, TONES).astype(np.float64))


def _quantile(counts: NDArray[np.intp], share: float) -> float:
    """Of whole numbers from 0 on, which are sorted by counting them; between two of them it is interpolated."""
    place = share * (counts.sum() - 1)
    low, high = np.searchsorted(np.cumsum(counts), (int(place), int(place) + 1), side="right")
    return float(low + (high - low) * (place % 1))


def _shape(aspect: float) -> F64:
    nearness: F64 = np.exp(-(((np.clip(np.log2(aspect), -2, 2) - SHAPES) / SHAPE_WIDTH) ** 2))
    return nearness - float(nearness.mean())


def _shared(place: F64, bins: int, weight: F64, offset: NDArray[np.intp], size: int) -> F64:
    """A circular histogram of places: each pixel shares its weight between the two nearest bins."""
    low = place.astype(np.intp)  # from 0 to ``bins``, which is 0 again
    part = place - low
    low[low == bins] = 0
    high = low + 1
    high[high == bins] = 0
    first = np.bincount((offset + low).ravel(), (weight * (1 - part)).ravel(), size)
    second = np.bincount((offset + high).ravel(), (weight * part).ravel(), size)
    both: F64 = np.add(first, second, dtype=np.float64)
    return both


def _centred(counts: F64) -> F64:
    """Roots of the shares (Hellinger's distance suits histograms) less their mean, so that unlike pictures come out far apart."""
    shares: F64 = np.sqrt(counts / (counts.sum() + 1e-9))
    return shares - float(shares.mean())


def _unit(values: F64) -> F64:
    return values / (float(np.linalg.norm(values)) + 1e-9)


def _cosine_basis() -> F64:
    """f64[96, 96]: the orthonormal cosine transform, one frequency a row."""
    index = np.arange(SIDE)
    basis: F64 = np.cos(np.pi * (2 * index + 1) * index[:, None] / (2 * SIDE)) * np.sqrt(2 / SIDE)
    basis[0] /= np.sqrt(2)
    return basis


def _frequency_bands() -> NDArray[np.intp]:
    """int[96, 49]: the band of each term of NumPy's rfft2."""
    radius = np.hypot((np.fft.fftfreq(SIDE) * SIDE)[:, None], np.arange(SIDE // 2 + 1))
    band: NDArray[np.intp] = np.minimum(2 * np.log2(radius + 1), BANDS - 1).astype(np.intp)
    return band


BASIS = _cosine_basis()
LEVELS = np.arange(256)  # of a tone
FREQUENCY = np.hypot(*np.indices((SIDE, SIDE)))  # of the terms of the cosine transform
DAMPING = 1 / (1 + FREQUENCY / 4)  # fine detail moves under a crop: it counts less
BAND = _frequency_bands()
