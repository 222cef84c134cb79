from __future__ import annotations

import numpy as np
import PIL.Image
import pytest

from vilomem_core.errors import SettingsError
from vilomem_core.images import encode
from vilomem_core.types import Image

torch = pytest.importorskip("torch")
pytest.importorskip("open_clip")

from tests.engines.tiny_clip import NAME, PATCH, SIDE  # noqa: E402
from vilomem_core.backends.build import build_attention, build_image_embedder  # noqa: E402
from vilomem_core.backends.open_clip import ClipPatches  # noqa: E402

pytestmark = pytest.mark.engine


def grey_with(row: int | None = None, column: int | None = None) -> Image:
    pixels = np.full((SIDE, SIDE, 3), 128, np.uint8)
    if row is not None and column is not None:
        pixels[row * PATCH : (row + 1) * PATCH, column * PATCH : (column + 1) * PATCH] = (255, 40, 0)
    return encode(PIL.Image.fromarray(pixels))


def test_vectors_are_of_unit_length_and_tell_pictures_apart(clip_spec: str) -> None:
    embedder = build_image_embedder(f"open_clip:{clip_spec}")
    vectors = embedder.embed([grey_with(), grey_with(0, 0), grey_with()])
    assert vectors.shape == (3, embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)
    assert vectors[0] @ vectors[1] < 0.9999
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_fingerprint_follows_the_weights_not_the_path(clip_spec: str, tmp_path) -> None:
    name, _, checkpoint = clip_spec.partition("@")
    state = torch.load(checkpoint, weights_only=True)
    torch.save(state, tmp_path / "copy.pt")
    state["visual.proj"] = state["visual.proj"] + 0.01
    torch.save(state, tmp_path / "other.pt")
    original, copy, other = (
        build_image_embedder(f"open_clip:{name}@{path}").fingerprint
        for path in (checkpoint, tmp_path / "copy.pt", tmp_path / "other.pt")
    )
    assert original == copy != other
    assert original.startswith(f"open_clip:{NAME}@")


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 4), (3, 2), (5, 5)])
def test_the_hottest_patch_is_the_planted_one(clip_spec: str, row: int, column: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is planted: it points to what one odd patch changes. The value path mixes nothing, so no other patch moves."""
    model = ClipPatches(clip_spec)
    image = grey_with(row, column)
    with torch.inference_mode():
        change = (model.patch_vectors(image) - model.patch_vectors(grey_with())).reshape(-1, 32)
        planted = change[change.norm(dim=1).argmax()]
    monkeypatch.setattr(model, "_direction", lambda lines: planted)
    (relevance,) = model.relevance([image], "the red one")
    assert relevance.shape == (6, 6)
    assert np.unravel_index(relevance.argmax(), relevance.shape) == (row, column)
    assert relevance.sum() == pytest.approx(1, abs=1e-5)


def test_every_line_of_a_long_query_counts(clip_spec: str) -> None:
    model = build_attention(f"open_clip:{clip_spec}")
    image = grey_with(2, 2)
    long_line = "word " * 200
    (one,), (two,) = model.relevance([image], "a"), model.relevance([image], f"a\n{long_line}")
    assert not np.allclose(one, two, rtol=1e-6, atol=0)


@pytest.mark.parametrize("build", [build_image_embedder, build_attention])
def test_wrong_names_and_weights_are_told(build, clip_spec: str, tmp_path) -> None:
    with pytest.raises(SettingsError, match="Did you mean 'ViT-B-32'"):
        build("open_clip:ViT-B32@openai")
    with pytest.raises(SettingsError, match="names no weights"):
        build("open_clip:ViT-B-32")
    with pytest.raises(SettingsError, match="neither a file nor a tag"):
        build(f"open_clip:ViT-B-32@{tmp_path / 'gone.pt'}")
    with pytest.raises(SettingsError, match="could not load"):
        build(f"open_clip:ViT-B-32@{clip_spec.partition('@')[2]}")
    (tmp_path / "garbage.pt").write_bytes(b"no weights at all" * 100)
    with pytest.raises(SettingsError, match="could not load"):
        build(f"open_clip:ViT-B-32@{tmp_path / 'garbage.pt'}")
