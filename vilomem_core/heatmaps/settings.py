"""How heatmaps are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vilomem_core.errors import SettingsError

LAYER = 0.61  # layer 22 of the 36 of Qwen2.5-VL-3B, as in the ViLoMem reference code


@dataclass(frozen=True, slots=True)
class HeatmapSettings:
    """What the solver gets to see besides the plain pictures. It can cost accuracy (ViLoMem, table 3), so it is off by default."""

    #: ``overlay`` repeats each picture with warm colours where to look, ``crop`` shows the region enlarged.
    mode: Literal["none", "crop", "overlay"] = "none"
    #: Who says where to look: ``qwen_vl:PATH``, ``open_clip:MODEL[@WEIGHTS]``, or ``saliency``, which knows no question.
    attention: str = "saliency"
    #: Which layer ``qwen_vl`` reads, as a share of all layers: 0 is the first, 1 the last.
    layer: float = LAYER
    #: Opacity of the overlay where relevance is highest; what lies under it must stay readable.
    alpha: float = 0.5
    #: Share of the relevance above the average that a crop must hold.
    mass: float = 0.6
    #: Added on every side of a crop, as a share of the picture's longer side.
    margin: float = 0.06
    #: Longer side of an additional picture, in pixels: it says where, the plain picture has the details.
    max_side: int = 1024

    def __post_init__(self) -> None:
        for name, low, high in (("layer", 0.0, 1.0), ("alpha", 0.0, 1.0), ("mass", 0.0, 1.0), ("margin", 0.0, 1.0)):
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"heatmap.{name} is a share from {low:g} to {high:g}, not {getattr(self, name)}.")
        if self.max_side < 1:
            raise SettingsError(f"heatmap.max_side is a number of pixels, at least 1, not {self.max_side}.")
