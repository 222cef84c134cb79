"""A tiny CLIP of open_clip with random weights."""

from __future__ import annotations

import json
from pathlib import Path

NAME = "tiny-clip"
SIDE, PATCH = 96, 16


def save_tiny_clip(folder: Path) -> str:
    """Adds the model to open_clip's list and saves its weights; returns ``MODEL@CHECKPOINT``."""
    import open_clip
    import torch

    torch.manual_seed(7)
    config = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": SIDE, "layers": 1, "width": 64, "head_width": 16, "patch_size": PATCH},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    }
    (folder / f"{NAME}.json").write_text(json.dumps(config), encoding="utf-8")
    open_clip.add_model_config(folder / f"{NAME}.json")
    checkpoint = folder / "weights.pt"
    torch.save(open_clip.create_model(NAME).state_dict(), checkpoint)
    return f"{NAME}@{checkpoint}"
