"""Where to look for a question: ``qwen_vl`` and ``open_clip`` read it from models, ``saliency`` guesses from contrast alone."""

from vilomem_core.backends.attention.build import build_attention

__all__ = ["build_attention"]
