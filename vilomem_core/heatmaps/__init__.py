"""Where to look: relevance maps drawn as additional pictures for the solver.

Arithmetic only; the maps come from an ``AttentionModel`` (``vilomem_core.backends.build.build_attention``).
"""

from vilomem_core.heatmaps.drawing import heatmap_query, make_heatmap_images
from vilomem_core.settings.method import HeatmapSettings

__all__ = ["HeatmapSettings", "heatmap_query", "make_heatmap_images"]
