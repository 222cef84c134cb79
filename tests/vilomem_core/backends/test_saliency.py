from __future__ import annotations

import numpy as np
import PIL.Image
import pytest

from vilomem_core.backends.build import build_attention
from vilomem_core.backends.saliency import grid_of, saliency_map
from vilomem_core.images import encode

SIDE = 40


@pytest.mark.parametrize("ground", ["white", "black", "#3060a0"])
@pytest.mark.parametrize(("row", "column"), [(1, 1), (2, 9), (7, 14)])
def test_the_only_thing_in_a_picture_is_its_hottest_cell(row: int, column: int, ground: str) -> None:
    picture = PIL.Image.new("RGB", (16 * SIDE, 9 * SIDE), ground)
    picture.paste("#e08030", (column * SIDE + 12, row * SIDE + 12, column * SIDE + 28, row * SIDE + 28))
    relevance = saliency_map(picture)
    assert relevance.shape == (9, 16)
    assert relevance.sum() == pytest.approx(1, abs=1e-5)
    assert np.unravel_index(relevance.argmax(), relevance.shape) == (row, column)


def test_a_picture_of_one_colour_has_a_uniform_map() -> None:
    relevance = saliency_map(PIL.Image.new("RGB", (320, 240), "#406020"))
    np.testing.assert_allclose(relevance, 1 / relevance.size, rtol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (4000, 30), (7, 5)])
def test_grids_follow_the_picture_and_hold_at_least_one_cell(size: tuple[int, int]) -> None:
    relevance = saliency_map(PIL.Image.new("RGB", size, "red"))
    assert relevance.shape == grid_of(*size)
    assert max(relevance.shape) == 16


def test_it_says_that_it_reads_no_question() -> None:
    model = build_attention("saliency")
    image = encode(PIL.Image.effect_noise((64, 64), 40).convert("RGB"))
    (one,), (other,) = model.relevance([image], "left?"), model.relevance([image], "right?")
    np.testing.assert_array_equal(one, other)
    assert "not question-aware" in model.fingerprint
