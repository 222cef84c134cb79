"""How long texts and pictures take to become vectors, and how well the picture descriptor knows changed copies.

    python benchmarks/bench_embedding.py [CASES]

CASES is a folder of cases (default: pictures that the project draws). Wall and CPU time are medians, both in milliseconds; on a
machine with other work the CPU time is the steadier of the two.
"""

from __future__ import annotations

import io
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import PIL.Image
import PIL.ImageEnhance

from vilomem_core.backends.descriptor import Descriptor, describe
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.backends.minilm import MiniLM, weights_folder
from vilomem_core.images import decode
from vilomem_core.protocols import TextEmbedder
from vilomem_core.readers import read_cases
from vilomem_core.simulation.dataset import demo_cases
from vilomem_core.types import Case

SHORT = [f"Check the scale of axis {number} before you read a bar." for number in range(64)]
LONG = [f"Case {number}. " + "The figure shows a triangle whose sides must be compared with care. " * 20 for number in range(8)]
REPEATED = ["Which of the four options fits the empty place?"] * 64


def timed(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median wall and CPU milliseconds of ``work``, after one run that warms up."""
    work()
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    return statistics.median(walls), statistics.median(cpus)


def changed(picture: PIL.Image.Image, rng: random.Random) -> PIL.Image.Image:
    """Cropped by up to 4 % a side, scaled, relit and recompressed."""
    width, height = picture.size
    left, top, right, bottom = (rng.uniform(0, 0.04) for _ in range(4))
    picture = picture.crop((int(left * width), int(top * height), width - int(right * width), height - int(bottom * height)))
    factor = rng.uniform(0.4, 1.6)
    picture = picture.resize((max(int(picture.width * factor), 1), max(int(picture.height * factor), 1)))
    picture = PIL.ImageEnhance.Brightness(picture).enhance(rng.uniform(0.75, 1.25))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=rng.randint(30, 60))
    return PIL.Image.open(buffer).convert("RGB")


def texts(results: dict[str, dict[str, float]]) -> None:
    embedders: dict[str, TextEmbedder] = {"lexical": LexicalEmbedder()}
    if weights_folder() is not None:
        wall, cpu = timed(MiniLM, 3)
        report(results, "minilm: load", wall, cpu, 1)
        embedders["minilm"] = MiniLM()
    for name, embedder in embedders.items():
        for what, batch in (("1 short", SHORT[:1]), ("64 short", SHORT), ("64 the same", REPEATED), ("8 of 256 tokens", LONG)):
            wall, cpu = timed(lambda embedder=embedder, batch=batch: embedder.embed(batch), 9)
            report(results, f"{name}: {what}", wall, cpu, len(batch))


def pictures(cases: Sequence[Case], results: dict[str, dict[str, float]]) -> None:
    images = list({image.sha256: image for case in cases for image in case.images}.values())
    wall, cpu = timed(lambda: Descriptor().embed(images), 3)
    report(results, f"descriptor: {len(images)} pictures", wall, cpu, len(images))
    vectors = Descriptor().embed(images)
    rng = random.Random(0)
    copies = np.stack([describe(changed(decode(image), rng)) for image in images])
    found = float(((copies @ vectors.T).argmax(1) == np.arange(len(images))).mean())
    print(f"{'descriptor: changed copies that find their original':52} {found:9.3f}")
    results["descriptor: changed copies"] = {"found": round(found, 3)}


def report(results: dict[str, dict[str, float]], name: str, wall_ms: float, cpu_ms: float, items: int) -> None:
    print(f"{name:32} {wall_ms:9.2f} {cpu_ms:9.2f} {wall_ms / items:9.3f}")
    results[name] = {"wall_ms": round(wall_ms, 2), "cpu_ms": round(cpu_ms, 2), "wall_ms_each": round(wall_ms / items, 3)}


def main() -> None:
    results: dict[str, dict[str, float]] = {}
    cases = [case for case in read_cases(sys.argv[1]) if isinstance(case, Case)] if len(sys.argv) > 1 else list(demo_cases(64))
    print(f"{'':32} {'wall ms':>9} {'CPU ms':>9} {'each':>9}")
    texts(results)
    pictures(cases, results)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
