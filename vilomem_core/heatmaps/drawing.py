"""The additional pictures of a request: the picture with warm colours over what matters, or the region that matters most, enlarged.

The colours are a ramp whose steps look even: a straight path in OKLCh (Ottosson 2020, https://bottosson.github.io/posts/oklab) from
pale yellow to deep red, so that what matters most is the darkest and strongest: most figures have a white ground.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import PIL.Image

from vilomem_core.errors import DataError, ReplyUnusable
from vilomem_core.heatmaps.relevance import checked_map, excess, strength, upsample
from vilomem_core.images import decode, encode
from vilomem_core.protocols import AttentionModel
from vilomem_core.settings.method import HeatmapSettings
from vilomem_core.types import F32, Image

MAX_ENLARGEMENT = 4.0  # beyond it there is nothing new to see, only more tokens to pay
STEPS = 256
# lightness, chroma and hue in degrees: both ends lie inside sRGB, and so does the path between them (tests check it)
PALE = (0.93, 0.11, 100.0)
DEEP = (0.56, 0.20, 28.0)

# From OKLab to cube roots of cone responses, and from cone responses to linear sRGB (constants of the definition cited above)
LAB_TO_CONES = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
CONES_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def heatmap_query(question: str, rules: Sequence[str]) -> str:
    """What to look for: the question, then each recalled rule, one a line. Models that take short texts read line by line."""
    return "\n".join(" ".join(text.split()) for text in (question, *rules) if text.strip())


def make_heatmap_images(images: Sequence[Image], query: str, model: AttentionModel, settings: HeatmapSettings) -> tuple[Image, ...]:
    """One additional picture (PNG) for each of ``images``, in their order; none when the mode is ``none``.

    Raises ``DataError`` for an empty query or a picture that cannot be decoded, ``ReplyUnusable`` for maps that are none.
    """
    if settings.mode == "none" or not images:
        return ()
    if not query.strip():
        raise DataError("There is nothing to look for: the question is empty.")
    maps = model.relevance(images, query)
    if len(maps) != len(images):
        raise ReplyUnusable(f"The attention model gave {len(maps)} maps for {len(images)} images.")
    return tuple(
        encode(draw(decode(image), checked_map(relevance), settings)) for image, relevance in zip(images, maps, strict=True)
    )


def draw(picture: PIL.Image.Image, relevance: F32, settings: HeatmapSettings) -> PIL.Image.Image:
    """One RGB picture with its map as ``settings.mode`` says, at most ``max_side`` pixels long."""
    if settings.mode == "crop":
        return _within(cut_out(picture, relevance, settings.mass, settings.margin), settings.max_side)
    return draw_overlay(_within(picture, settings.max_side), relevance, settings.alpha)


def draw_overlay(picture: PIL.Image.Image, relevance: F32, alpha: float) -> PIL.Image.Image:
    """An RGB picture of the same size; opacity grows with strength, up to ``alpha``, and a map without a peak changes nothing."""
    heat = upsample(strength(relevance), picture.width, picture.height)
    opacity = (heat * np.float32(alpha))[..., None]
    pixels = np.asarray(picture, np.float32)
    mixed = pixels + (warm(heat) - pixels) * opacity
    return PIL.Image.fromarray(np.rint(mixed).astype(np.uint8))


def cut_out(picture: PIL.Image.Image, relevance: F32, mass: float, margin: float) -> PIL.Image.Image:
    """The best box of the picture, enlarged to the picture's own longer side, at most four times."""
    rows, columns = relevance.shape
    box = pixel_box(best_box(relevance, mass), (rows, columns), picture.size, margin)
    region = picture.crop((box.left, box.top, box.right, box.bottom))
    scale = min(max(picture.size) / max(region.size), MAX_ENLARGEMENT)
    return region.resize((round(region.width * scale), round(region.height * scale)), PIL.Image.Resampling.LANCZOS)


def _within(picture: PIL.Image.Image, max_side: int) -> PIL.Image.Image:
    if max(picture.size) <= max_side:
        return picture
    smaller = picture.copy()
    smaller.thumbnail((max_side, max_side), PIL.Image.Resampling.LANCZOS)
    return smaller


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of cells or pixels; ``right`` and ``bottom`` lie just outside."""

    left: int
    top: int
    right: int
    bottom: int


def best_box(relevance: F32, mass: float) -> Box:
    """The smallest rectangle of cells that holds ``mass`` (0 to 1) of the relevance above average, the richest if several do.

    A map without a peak gives the whole grid.
    """
    weights = excess(relevance).astype(np.float64)
    rows, columns = weights.shape
    total = weights.sum()
    if total == 0:
        return Box(0, 0, columns, rows)
    # sums[y, x] is the weight above and left of the corner (y, x)
    sums = np.pad(weights.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    need = max(mass * total * (1 - 1e-9), weights.max())
    best, best_rank = Box(0, 0, columns, rows), (rows * columns + 1, 0.0)
    for top in range(rows):
        for bottom in range(top + 1, rows + 1):
            if bottom - top > best_rank[0]:
                break
            line = sums[bottom] - sums[top]
            rights = np.searchsorted(line, line[:-1] + need)
            lefts = np.flatnonzero(rights <= columns)
            if not len(lefts):
                continue
            widths = rights[lefts] - lefts
            held = line[rights[lefts]] - line[lefts]
            pick = np.lexsort((-held, widths))[0]
            rank = (int(widths[pick]) * (bottom - top), -float(held[pick]))
            if rank < best_rank:
                best, best_rank = Box(int(lefts[pick]), top, int(rights[lefts[pick]]), bottom), rank
    return best


def pixel_box(cells: Box, grid: tuple[int, int], size: tuple[int, int], margin: float) -> Box:
    """The pixels under ``cells`` of a ``grid`` (rows, columns) over a picture of ``size`` (width, height), grown by the margin."""
    (rows, columns), (width, height) = grid, size
    added = margin * max(width, height)
    return Box(
        max(math.floor(cells.left * width / columns - added), 0),
        max(math.floor(cells.top * height / rows - added), 0),
        min(math.ceil(cells.right * width / columns + added), width),
        min(math.ceil(cells.bottom * height / rows + added), height),
    )


def linear_ramp() -> F32:
    """f32[256, 3]: the ramp in linear sRGB, unclipped."""
    lightness, chroma, hue = np.linspace(PALE, DEEP, STEPS).T
    angle = np.radians(hue)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=1)
    linear: F32 = ((lab @ LAB_TO_CONES.T) ** 3 @ CONES_TO_RGB.T).astype(np.float32)
    return linear


@cache
def warm_ramp() -> F32:
    """f32[256, 3]: the ramp in sRGB from 0 to 255."""
    return _srgb(linear_ramp())


def _srgb(linear: F32) -> F32:
    """Linear light to sRGB from 0 to 255 (IEC 61966-2-1)."""
    light = np.clip(linear, 0, 1)
    return (255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)).astype(np.float32)


def warm(strength: F32) -> F32:
    """f32[..., 3] sRGB from 0 to 255 for a strength from 0 (pale) to 1 (deep)."""
    colours: F32 = warm_ramp()[np.rint(strength * (STEPS - 1)).astype(np.intp)]
    return colours
