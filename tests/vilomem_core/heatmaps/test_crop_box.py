from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from vilomem_core.heatmaps.drawing import Box, best_box, pixel_box
from vilomem_core.heatmaps.relevance import excess, to_relevance

SCORES = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 20).map(np.float32))


def smallest_area(weights: np.ndarray, mass: float) -> int:
    """By looking at every rectangle."""
    rows, columns = weights.shape
    need = mass * weights.sum() * (1 - 1e-6)
    return min(
        (bottom - top) * (right - left)
        for top, bottom in itertools.combinations(range(rows + 1), 2)
        for left, right in itertools.combinations(range(columns + 1), 2)
        if weights[top:bottom, left:right].sum() >= need
    )


@settings(max_examples=60)
@given(SCORES, st.floats(0.3, 0.95))
def test_no_smaller_rectangle_holds_as_much(scores: np.ndarray, mass: float) -> None:
    relevance = to_relevance(scores)
    weights = excess(relevance).astype(np.float64)
    box = best_box(relevance, mass)
    area = (box.bottom - box.top) * (box.right - box.left)
    if weights.sum() == 0:
        assert area == scores.size
    else:
        assert weights[box.top : box.bottom, box.left : box.right].sum() >= mass * weights.sum() * (1 - 1e-6)
        assert area <= max(smallest_area(weights, mass), 1)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (3, 7), (9, 11)])
def test_one_planted_cell_is_the_whole_box(row: int, column: int) -> None:
    scores = np.ones((10, 12), np.float32)
    scores[row, column] = 50
    assert best_box(to_relevance(scores), 0.6) == Box(column, row, column + 1, row + 1)


def test_the_margin_grows_the_box_and_stops_at_the_picture() -> None:
    assert pixel_box(Box(1, 1, 2, 2), (4, 4), (400, 200), 0.0) == Box(100, 50, 200, 100)
    assert pixel_box(Box(1, 1, 2, 2), (4, 4), (400, 200), 0.05) == Box(80, 30, 220, 120)
    assert pixel_box(Box(0, 0, 4, 1), (4, 4), (400, 200), 0.1) == Box(0, 0, 400, 90)
