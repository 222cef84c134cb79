"""From a case's pictures and an attention model to the additional pictures of the request."""

from __future__ import annotations

from collections.abc import Sequence

import PIL.Image

from vilomem_core.errors import DataError, ReplyUnusable
from vilomem_core.heatmaps.crop import cut_out
from vilomem_core.heatmaps.overlay import draw_overlay
from vilomem_core.heatmaps.relevance import checked_map
from vilomem_core.heatmaps.settings import HeatmapSettings
from vilomem_core.images import decode, encode
from vilomem_core.protocols import AttentionModel
from vilomem_core.types import F32, Image


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


def _within(picture: PIL.Image.Image, max_side: int) -> PIL.Image.Image:
    if max(picture.size) <= max_side:
        return picture
    smaller = picture.copy()
    smaller.thumbnail((max_side, max_side), PIL.Image.Resampling.LANCZOS)
    return smaller
