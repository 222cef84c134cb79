from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from vilomem_core.errors import ReplyUnusable
from vilomem_core.heatmaps.relevance import checked_map, strength, to_relevance, upsample

SCORES = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(0, 1000, width=32))


@given(SCORES)
def test_any_scores_become_a_map_with_sum_one_and_the_same_order(scores: np.ndarray) -> None:
    relevance = checked_map(to_relevance(scores))
    if scores.sum() > 0:
        assert relevance.argmax() == scores.argmax() or relevance.flat[relevance.argmax()] == relevance.flat[scores.argmax()]
    else:
        assert np.ptp(relevance) == 0


@given(SCORES)
def test_strength_lies_between_zero_and_one_and_keeps_the_order(scores: np.ndarray) -> None:
    relevance = to_relevance(scores)
    heat = strength(relevance)
    assert heat.min() >= 0
    assert heat.max() <= 1
    order = np.argsort(relevance, axis=None, kind="stable")
    assert (np.diff(heat.flat[order]) >= -1e-6).all()


def test_a_map_that_hardly_varies_stays_faint() -> None:
    nearly_flat = to_relevance(np.array([[1.0, 1.02], [1.0, 0.98]], np.float32))
    assert strength(nearly_flat).max() < 0.2
    assert strength(to_relevance(np.ones((5, 5), np.float32))).max() < 0.01


@pytest.mark.parametrize(
    "broken",
    [
        np.zeros((0, 3), np.float32),
        np.ones(4, np.float32) / 4,
        np.full((2, 2), np.nan, np.float32),
        np.array([[1.5, -0.5]], np.float32),
        np.ones((3, 3), np.float32),
    ],
)
def test_what_is_no_map_is_refused(broken: np.ndarray) -> None:
    with pytest.raises(ReplyUnusable):
        checked_map(broken)


@given(
    st.integers(1, 30), st.integers(1, 30), st.data(), st.integers(1, 4), st.integers(1, 4), st.integers(0, 20), st.integers(0, 20)
)
def test_the_hottest_pixel_lies_in_the_planted_cell(rows, columns, data, zoom_y, zoom_x, extra_y, extra_x) -> None:
    """Whatever the grid and the size of the picture: cells need not be squares, nor whole numbers of pixels."""
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    cells = np.full((rows, columns), 0.1, np.float32)
    cells[row, column] = 1.0
    height, width = rows * 4 * zoom_y + extra_y, columns * 4 * zoom_x + extra_x
    heat = upsample(cells, width, height)
    assert heat.shape == (height, width)
    assert heat.min() >= 0
    assert heat.max() <= 1
    y, x = np.unravel_index(heat.argmax(), heat.shape)
    assert int((y + 0.5) * rows / height) == row
    assert int((x + 0.5) * columns / width) == column
