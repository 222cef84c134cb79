"""Contrast as a fallback for attention: edges, and what differs from its surroundings.

It needs no model and reads no question: the map is the same for every query, as its fingerprint says. It shows where a picture has
content, which is something on large white pages and little elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image

from vilomem_core.backends.descriptor import BASIS, F64, FREQUENCY, SIDE, gradient, planes_of
from vilomem_core.heatmaps.relevance import to_relevance
from vilomem_core.images import decode
from vilomem_core.types import F32, Image

CELLS = 16  # on the longer side of the picture
SURROUND = np.exp(-((FREQUENCY / 6.0) ** 2))  # a blur over about a tenth of the side
FLOOR = 0.01  # contrast below this is rounding; it keeps a flat picture's map flat
COLOUR_SCALE = 32.0  # colour differences of this size count as much as a deviation of luminance


class Saliency:
    """``AttentionModel`` that looks at the pictures alone."""

    fingerprint = "saliency/1 (not question-aware)"

    def relevance(self, images: Sequence[Image], query: str) -> tuple[F32, ...]:  # noqa: ARG002 - the protocol's argument
        """One map an image, 16 cells on its longer side, sums to 1; ``query`` changes nothing."""
        return tuple(saliency_map(decode(image)) for image in images)


def saliency_map(picture: PIL.Image.Image) -> F32:
    """f32[grid_h, grid_w] that sums to 1; uniform for a picture of one colour."""
    planes = planes_of(picture)
    slope, _ = gradient(planes.luma)
    contrast = slope + _stands_out(planes.luma) + (_stands_out(planes.blue) + _stands_out(planes.red)) / COLOUR_SCALE
    contrast += FLOOR
    rows, columns = grid_of(picture.width, picture.height)
    cells = PIL.Image.fromarray(contrast.astype(np.float32)).resize((columns, rows), PIL.Image.Resampling.BOX)
    return to_relevance(np.asarray(cells, np.float32))


def grid_of(width: int, height: int) -> tuple[int, int]:
    """Rows and columns of nearly square cells."""
    cell = max(width, height) / CELLS
    return max(round(height / cell), 1), max(round(width / cell), 1)


def _stands_out(plane: F64) -> F64:
    """f64[96, 96]: the distance of each pixel from its surroundings' mean."""
    assert plane.shape == (SIDE, SIDE)
    blurred = BASIS.T @ ((BASIS @ plane @ BASIS.T) * SURROUND) @ BASIS
    distance: F64 = np.abs(plane - blurred)
    return distance
