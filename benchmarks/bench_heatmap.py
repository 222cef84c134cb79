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

from vilomem_core.backends.saliency import saliency_map
from vilomem_core.heatmaps.drawing import best_box, draw
from vilomem_core.heatmaps.relevance import to_relevance
from vilomem_core.images import decode, encode
from vilomem_core.settings.method import HeatmapSettings

PROJECT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 1120, 840  # 40 by 30 tokens of 28 pixels
QUERY = "How many triangles are there?\nCount the small ones first."


def noise() -> PIL.Image.Image:
    return PIL.Image.fromarray(np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8))


def timed(work: Callable[[], object], repeats: int = 5) -> dict[str, float]:
    """Median wall and CPU milliseconds of ``work``, after one run that warms up."""
    work()
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    return {"wall_ms": round(statistics.median(walls), 2), "cpu_ms": round(statistics.median(cpus), 2)}


def arithmetic() -> dict[str, dict[str, float]]:
    picture = noise()
    relevance = to_relevance(np.random.default_rng(0).random((30, 40)).astype(np.float32) ** 8)
    large = to_relevance(np.random.default_rng(0).random((128, 128)).astype(np.float32) ** 8)
    drawn = draw(picture, relevance, HeatmapSettings(mode="overlay"))
    return {
        "saliency map": timed(lambda: saliency_map(picture)),
        "overlay": timed(lambda: draw(picture, relevance, HeatmapSettings(mode="overlay"))),
        "crop": timed(lambda: draw(picture, relevance, HeatmapSettings(mode="crop"))),
        "best box of 128 x 128 cells": timed(lambda: best_box(large, 0.6)),
        "PNG": timed(lambda: encode(drawn)),
    }


def attention(way: str, folder: str) -> dict[str, float]:
    """Time and peak memory of one relative map; ``way`` is ``one layer`` or ``all layers``."""
    sys.path.insert(0, str(PROJECT))
    from tests.engines import conftest  # noqa: F401 - makes torchvision importable beside a CPU torch
    from tests.engines.full_attention import full_map
    from vilomem_core.backends.qwen_vl import QwenVLAttention

    if way == "one layer":
        model = QwenVLAttention(folder, 0.61)
        work: Callable[[], object] = lambda: model.relevance([encode(noise())], QUERY)  # noqa: E731
    else:
        plain = full_map(Path(folder))
        work = lambda: plain(decode(encode(noise())), QUERY, 2)  # noqa: E731
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cost = timed(work, 3)
    return {**cost, "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before)}


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
            print(line(f"attention, {way}", found[way]) + f" {found[way]['peak_mb']:7.0f} MB")
    return found


def line(name: str, cost: dict[str, float]) -> str:
    return f"{name:28} {cost['wall_ms']:9.2f} {cost['cpu_ms']:9.2f}"


def main() -> None:
    print(f"{'':28} {'wall ms':>9} {'CPU ms':>9}")
    costs = arithmetic()
    for name, cost in costs.items():
        print(line(name, cost))
    print(json.dumps({**costs, **engines()}))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(attention(sys.argv[1], sys.argv[2])))
    else:
        main()
