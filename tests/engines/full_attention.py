"""The plain way to a relative attention map: two runs of the whole model that keep every attention of every layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image

from vilomem_core.backends.qwen_vl import NEUTRAL_PROMPT


def full_map(folder: Path) -> Callable[[PIL.Image.Image, str, int], np.ndarray]:
    """A function from picture, query and layer to f32[grid_h, grid_w] that sums to 1."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    processor = AutoProcessor.from_pretrained(folder)

    def relative(picture: PIL.Image.Image, query: str, layer: int) -> np.ndarray:
        rows = []
        for prompt in (query, NEUTRAL_PROMPT):
            content = [{"type": "image", "image": picture}, {"type": "text", "text": prompt}]
            inputs = processor.apply_chat_template(
                [{"role": "user", "content": content}],
                tokenize=True,
                add_generation_prompt=True,
                return_dict=True,
                return_tensors="pt",
            )
            with torch.inference_mode():
                attention = model(**inputs, output_attentions=True, use_cache=False).attentions[layer]
            rows.append(attention[0, :, -1, inputs["input_ids"][0] == model.config.image_token_id].mean(0))
        _, height, width = inputs["image_grid_thw"][0].tolist()
        ratio = (rows[0] / rows[1]).reshape(height // 2, width // 2)
        return (ratio / ratio.sum()).numpy()

    return relative
