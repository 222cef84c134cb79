"""From the spec of the settings to an attention model: ``qwen_vl:PATH``, ``open_clip:MODEL@WEIGHTS`` or ``saliency``."""

from __future__ import annotations

from vilomem_core.backends.embedders import needed_model, unknown_spec
from vilomem_core.heatmaps.settings import LAYER
from vilomem_core.protocols import AttentionModel

SPECS = ("qwen_vl", "open_clip", "saliency")


def build_attention(spec: str, layer: float = LAYER) -> AttentionModel:
    """``layer`` is the share of all layers at which ``qwen_vl`` reads. Raises ``SettingsError`` for a spec that cannot be built."""
    name, _, model = spec.partition(":")
    if name == "qwen_vl":
        from vilomem_core.backends.attention.qwen_vl import QwenVLAttention

        return QwenVLAttention(needed_model(model, spec, "qwen_vl:models/Qwen2.5-VL-3B-Instruct"), layer)
    if name == "open_clip":
        from vilomem_core.backends.attention.clip_patches import ClipPatches

        return ClipPatches(needed_model(model, spec, "open_clip:ViT-B-32@laion2b_s34b_b79k"))
    if model or name not in SPECS:
        raise unknown_spec("attention model", spec, SPECS)
    from vilomem_core.backends.attention.saliency import Saliency

    return Saliency()
