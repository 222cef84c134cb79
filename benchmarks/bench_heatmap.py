"""What a heatmap costs: saliency, overlay and crop for one picture, and one layer of attention against all of them.

    python benchmarks/bench_heatmap.py

The second part needs torch and transformers and is left out without them. It uses a model of random weights: four layers, 1,200
image tokens. Each way runs in a process of its own; memory is the peak above the loaded model, in MB.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image

from vilomem_core.backends.attention.saliency import saliency_map
from vilomem_core.heatmaps.crop import best_box
from vilomem_core.heatmaps.images import draw
from vilomem_core.heatmaps.relevance import to_relevance
from vilomem_core.heatmaps.settings import HeatmapSettings
from vilomem_core.images import decode, encode

PROJECT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 1120, 840  # 40 by 30 tokens of 28 pixels
QUERY = "How many triangles are there?\nCount the small ones first."


def noise() -> PIL.Image.Image:
    return PIL.Image.fromarray(np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8))


def median_ms(work: Callable[[], object], repeats: int = 5) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def arithmetic() -> dict[str, float]:
    picture = noise()
    relevance = to_relevance(np.random.default_rng(0).random((30, 40)).astype(np.float32) ** 8)
    large = to_relevance(np.random.default_rng(0).random((128, 128)).astype(np.float32) ** 8)
    drawn = draw(picture, relevance, HeatmapSettings(mode="overlay"))
    return {
        "saliency map": median_ms(lambda: saliency_map(picture)),
        "overlay": median_ms(lambda: draw(picture, relevance, HeatmapSettings(mode="overlay"))),
        "crop": median_ms(lambda: draw(picture, relevance, HeatmapSettings(mode="crop"))),
        "best box of 128 x 128 cells": median_ms(lambda: best_box(large, 0.6)),
        "PNG": median_ms(lambda: encode(drawn)),
    }


def attention(way: str, folder: str) -> dict[str, float]:
    """Seconds and peak memory of one relative map; ``way`` is ``one layer`` or ``all layers``."""
    sys.path.insert(0, str(PROJECT))
    from tests.engines import conftest  # noqa: F401 - makes torchvision importable beside a CPU torch
    from tests.engines.full_attention import full_map
    from vilomem_core.backends.attention.qwen_vl import QwenVLAttention

    if way == "one layer":
        model = QwenVLAttention(folder, 0.61)
        work: Callable[[], object] = lambda: model.relevance([encode(noise())], QUERY)  # noqa: E731
    else:
        plain = full_map(Path(folder))
        work = lambda: plain(decode(encode(noise())), QUERY, 2)  # noqa: E731
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ms": round(median_ms(work, 3)), "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before)}


def engines() -> dict[str, dict[str, float]]:
    if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")):
        print("torch and transformers are not installed: attention is left out")
        return {}
    sys.path.insert(0, str(PROJECT))
    from tests.engines import conftest  # noqa: F401 - as above
    from tests.engines.tiny_qwen import save_tiny_qwen

    found = {}
    with tempfile.TemporaryDirectory() as home:
        save_tiny_qwen("qwen2_5_vl", Path(home), max_tokens=1280)
        for way in ("one layer", "all layers"):
            out = subprocess.run([sys.executable, __file__, way, home], check=True, capture_output=True, text=True)
            found[way] = json.loads(out.stdout.splitlines()[-1])
            print(f"attention, {way:20} {found[way]['ms']:9.0f} ms {found[way]['peak_mb']:7.0f} MB")
    return found


def main() -> None:
    costs = arithmetic()
    for name, cost in costs.items():
        print(f"{name:31} {cost:9.2f} ms")
    print(json.dumps({**{name: round(cost, 2) for name, cost in costs.items()}, **engines()}))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(attention(sys.argv[1], sys.argv[2])))
    else:
        main()
