"""The region that matters most, cut out and enlarged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import PIL.Image

from vilomem_core.heatmaps.relevance import excess
from vilomem_core.types import F32

MAX_ENLARGEMENT = 4.0  # beyond it there is nothing new to see, only more tokens to pay


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


def cut_out(picture: PIL.Image.Image, relevance: F32, mass: float, margin: float) -> PIL.Image.Image:
    """The best box of the picture, enlarged to the picture's own longer side, at most four times."""
    rows, columns = relevance.shape
    box = pixel_box(best_box(relevance, mass), (rows, columns), picture.size, margin)
    region = picture.crop((box.left, box.top, box.right, box.bottom))
    scale = min(max(picture.size) / max(region.size), MAX_ENLARGEMENT)
    return region.resize((round(region.width * scale), round(region.height * scale)), PIL.Image.Resampling.LANCZOS)
