"""What a relevance map says: which cells stand out, and how clearly."""

from __future__ import annotations

import numpy as np
import PIL.Image

from vilomem_core.errors import ReplyUnusable
from vilomem_core.types import F32

SUM_TOLERANCE = 1e-3  # float32 sums of some 10,000 cells


def to_relevance(scores: F32) -> F32:
    """f32[grid_h, grid_w] that sums to 1, of non-negative scores; a map without any score becomes uniform."""
    total = float(scores.sum(dtype=np.float64))
    if total == 0.0:
        return np.full(scores.shape, 1 / scores.size, np.float32)
    return (scores / total).astype(np.float32)


def checked_map(relevance: F32) -> F32:
    """The map itself. Raises ``ReplyUnusable`` unless it is f32[grid_h, grid_w], finite, non-negative, with sum 1."""
    if relevance.ndim != 2 or relevance.size == 0:
        raise ReplyUnusable(f"The attention model gave a map of shape {relevance.shape}; a map has rows and columns.")
    if not np.isfinite(relevance).all() or relevance.min() < 0:
        raise ReplyUnusable(
            "The attention model gave a map with negative or undefined values.",
            "A model in half precision may overflow: use float32.",
        )
    if abs(float(relevance.sum(dtype=np.float64)) - 1.0) > SUM_TOLERANCE:
        raise ReplyUnusable(f"The attention model gave a map that sums to {float(relevance.sum()):g}, not to 1.")
    return relevance


def excess(relevance: F32) -> F32:
    """f32[grid_h, grid_w]: by how much a cell exceeds the average cell, in averages; 0 at or below it."""
    above: F32 = np.maximum(relevance * np.float32(relevance.size) - np.float32(1), np.float32(0))
    return above


def strength(relevance: F32) -> F32:
    """f32[grid_h, grid_w] from 0 to 1, in the order of ``relevance``; 0 at or below the average cell.

    A map that hardly varies stays faint: full strength needs a cell of twice the average. The root keeps the middle visible
    beside a single sharp peak.
    """
    above = excess(relevance)
    above /= np.float32(max(float(above.max()), 1.0))
    return np.sqrt(above, out=above)


def upsample(cells: F32, width: int, height: int) -> F32:
    """f32[height, width]: ``cells`` stretched over a picture by cubic interpolation, held between 0 and the cells' maximum."""
    stretched = PIL.Image.fromarray(cells).resize((width, height), PIL.Image.Resampling.BICUBIC)
    held: F32 = np.clip(np.asarray(stretched, np.float32), np.float32(0), cells.max())
    return held
