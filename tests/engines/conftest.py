"""What the engine tests share: a torchvision that imports, tiny models with random weights, and pictures."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: no test asks a hub

if importlib.util.find_spec("torch") is not None:
    import torch

    if torch.version.cuda is None:
        # The registry's torchvision is built for CUDA and looks for two operators that a CPU torch cannot load. Declaring them is
        # enough, since nothing here calls them; the library must stay referenced.
        DECLARED = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            DECLARED.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


@pytest.fixture(scope="session")
def qwen_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of a tiny Qwen2.5-VL and a tiny Qwen3-VL, by model type."""
    pytest.importorskip("transformers")
    from tests.engines.tiny_qwen import save_tiny_qwen

    return {kind: save_tiny_qwen(kind, tmp_path_factory.mktemp(kind)) for kind in ("qwen2_5_vl", "qwen3_vl")}


@pytest.fixture(scope="session")
def clip_spec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``MODEL@CHECKPOINT`` of a tiny CLIP whose vision tower has one layer and patches of 16 pixels in a 6 by 6 grid."""
    pytest.importorskip("open_clip")
    from tests.engines.tiny_clip import save_tiny_clip

    return save_tiny_clip(tmp_path_factory.mktemp("clip"))
