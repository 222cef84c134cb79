from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import PIL.Image
import PIL.ImageEnhance
import pytest

from vilomem_core.backends.descriptor import Descriptor, describe
from vilomem_core.errors import DataError
from vilomem_core.images import decode, encode, load_image
from vilomem_core.simulation.dataset import demo_cases
from vilomem_core.types import Image

Change: TypeAlias = Callable[[PIL.Image.Image, random.Random], PIL.Image.Image]


def cropped(picture: PIL.Image.Image, rng: random.Random) -> PIL.Image.Image:
    left, top, right, bottom = (rng.uniform(0, 0.04) for _ in range(4))
    width, height = picture.size
    return picture.crop((int(left * width), int(top * height), width - int(right * width), height - int(bottom * height)))


def scaled(picture: PIL.Image.Image, rng: random.Random) -> PIL.Image.Image:
    factor = rng.uniform(0.4, 1.6)
    return picture.resize((max(int(picture.width * factor), 1), max(int(picture.height * factor), 1)), PIL.Image.Resampling.BICUBIC)


def relit(picture: PIL.Image.Image, rng: random.Random) -> PIL.Image.Image:
    bright = PIL.ImageEnhance.Brightness(picture).enhance(rng.uniform(0.75, 1.25))
    return PIL.ImageEnhance.Contrast(bright).enhance(rng.uniform(0.85, 1.15))


def recompressed(picture: PIL.Image.Image, rng: random.Random) -> PIL.Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=rng.randint(30, 60))
    return PIL.Image.open(buffer).convert("RGB")


def all_four(picture: PIL.Image.Image, rng: random.Random) -> PIL.Image.Image:
    for change in (cropped, scaled, relit, recompressed):
        picture = change(picture, rng)
    return picture


@pytest.fixture(scope="module")
def real_pictures(shared_data: Path) -> tuple[np.ndarray, list[PIL.Image.Image], np.ndarray]:
    """Sources, pixels and vectors of every third picture of the sample, each once."""
    found: dict[str, tuple[str, PIL.Image.Image]] = {}
    for path in sorted((shared_data / "cases").glob("*/cases.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines()[::3]:
            image, _ = load_image((path.parent / json.loads(line)["image"]).read_bytes())
            found.setdefault(image.sha256, (path.parent.name, decode(image)))
    sources, pictures = zip(*found.values(), strict=True)
    return np.array(sources), list(pictures), np.stack([describe(picture) for picture in pictures])


def share_found(pictures: list[PIL.Image.Image], vectors: np.ndarray, change: Change) -> float:
    """How many changed copies are nearest to their original."""
    rng = random.Random(5)
    copies = np.stack([describe(change(picture, rng)) for picture in pictures])
    return float(((copies @ vectors.T).argmax(1) == np.arange(len(pictures))).mean())


def likeness_of(vectors: np.ndarray) -> np.ndarray:
    """f32[n, n] of cosines, -1 on the diagonal: nothing is its own neighbour."""
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    return likeness


@pytest.mark.parametrize("change", [cropped, all_four], ids=lambda change: change.__name__)
def test_changed_copies_of_real_pictures_find_their_original(real_pictures, change: Change) -> None:
    _, pictures, vectors = real_pictures
    assert share_found(pictures, vectors, change) >= 0.95


def test_real_pictures_of_one_source_are_nearer_than_others(real_pictures) -> None:
    sources, _, vectors = real_pictures
    likeness = likeness_of(vectors)
    assert (sources[likeness.argmax(1)] == sources).mean() >= 0.62  # by chance: 0.16
    same = sources[:, None] == sources
    above = np.triu(np.ones_like(same), 1).astype(bool)
    assert likeness[same & above].mean() > likeness[~same & above].mean() + 0.1


@pytest.mark.parametrize("change", [cropped, scaled, relit, recompressed, all_four], ids=lambda change: change.__name__)
def test_changed_copies_of_drawn_pictures_find_their_original(change: Change) -> None:
    pictures = [decode(case.images[0]) for case in demo_cases(16, seed=3)]  # one of each kind: twins differ in a label only
    assert share_found(pictures, np.stack([describe(picture) for picture in pictures]), change) >= 0.95


def test_the_nearest_drawn_picture_is_one_of_the_same_kind() -> None:
    cases = list(demo_cases(64, seed=4))
    likeness = likeness_of(Descriptor().embed([case.images[0] for case in cases]))
    families = np.array([case.tags[0] for case in cases])
    assert (families[likeness.argmax(1)] == families).mean() >= 0.9


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (500, 2), (2500, 40)])
@pytest.mark.parametrize("colour", ["white", "black", "#ff0000"])
def test_flat_and_thin_pictures_give_unit_vectors(size: tuple[int, int], colour: str) -> None:
    vector = describe(PIL.Image.new("RGB", size, colour))
    assert vector.shape == (Descriptor.dimension,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_hundred_pictures_and_none() -> None:
    images = [encode(PIL.Image.new("RGB", (12 + index, 20), (index, 0, 255 - index))) for index in range(100)]
    assert Descriptor().embed(images).shape == (100, Descriptor.dimension)
    assert Descriptor().embed([]).shape == (0, Descriptor.dimension)


@pytest.mark.parametrize("data", [b"", b"no picture"])
def test_a_corrupt_picture_is_an_error_not_a_vector(data: bytes) -> None:
    with pytest.raises(DataError):
        Descriptor().embed([Image("0" * 64, "image/png", 50, 50, data)])
