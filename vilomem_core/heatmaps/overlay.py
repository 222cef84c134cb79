"""The picture once more, with warm colours over what matters most."""

from __future__ import annotations

import numpy as np
import PIL.Image

from vilomem_core.heatmaps.colours import warm
from vilomem_core.heatmaps.relevance import strength, upsample
from vilomem_core.types import F32


def draw_overlay(picture: PIL.Image.Image, relevance: F32, alpha: float) -> PIL.Image.Image:
    """An RGB picture of the same size; opacity grows with strength, up to ``alpha``, and a map without a peak changes nothing."""
    heat = upsample(strength(relevance), picture.width, picture.height)
    opacity = (heat * np.float32(alpha))[..., None]
    pixels = np.asarray(picture, np.float32)
    mixed = pixels + (warm(heat) - pixels) * opacity
    return PIL.Image.fromarray(np.rint(mixed).astype(np.uint8))
