"""The additional pictures, and the box of a crop."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from vilomem_core.backends.build import build_attention
from vilomem_core.errors import DataError, ReplyUnusable, SettingsError
from vilomem_core.heatmaps import HeatmapSettings, heatmap_query, make_heatmap_images
from vilomem_core.heatmaps.drawing import Box, best_box, linear_ramp, pixel_box, warm_ramp
from vilomem_core.heatmaps.relevance import excess, to_relevance
from vilomem_core.images import decode, encode
from vilomem_core.types import F32, Image

OVERLAY = HeatmapSettings(mode="overlay")
CROP = HeatmapSettings(mode="crop")
ROWS, COLUMNS, SIDE = 6, 9, 28
SCORES = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 20).map(np.float32))


@dataclass(frozen=True)
class Planted:
    """An attention model that looks at one cell."""

    row: int
    column: int
    fingerprint: str = "planted"

    def relevance(self, images: Sequence[Image], query: str) -> tuple[F32, ...]:
        cells = np.full((ROWS, COLUMNS), 0.2, np.float32)
        cells[self.row, self.column] = 20
        return tuple(cells / cells.sum() for _ in images)


@dataclass(frozen=True)
class Fixed:
    """An attention model that gives the maps it was made with."""

    maps: tuple[F32, ...]
    fingerprint: str = "fixed"

    def relevance(self, images: Sequence[Image], query: str) -> tuple[F32, ...]:
        return self.maps


def paper(width: int = COLUMNS * SIDE, height: int = ROWS * SIDE, colour: str = "white") -> Image:
    return encode(PIL.Image.new("RGB", (width, height), colour))


def pixels(image: Image) -> np.ndarray:
    return np.asarray(decode(image), np.float32)


@pytest.mark.parametrize("colour", ["white", "#808080", "black"])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 8), (2, 5), (5, 0), (5, 8)])
def test_the_hottest_region_of_an_overlay_is_the_planted_cell(row: int, column: int, colour: str) -> None:
    plain = paper(colour=colour)
    (drawn,) = make_heatmap_images([plain], "where?", Planted(row, column), OVERLAY)
    assert (drawn.width, drawn.height, drawn.media_type) == (plain.width, plain.height, "image/png")
    assert drawn.sha256 == hashlib.sha256(drawn.data).hexdigest()
    change = np.abs(pixels(drawn) - pixels(plain)).sum(2).reshape(ROWS, SIDE, COLUMNS, SIDE).mean((1, 3))
    assert np.unravel_index(change.argmax(), change.shape) == (row, column)
    far = np.hypot(*(np.indices(change.shape) - np.array([row, column])[:, None, None])) > 3
    assert change[far].max() < 0.02 * change.max()


def test_the_overlay_is_warm_and_what_lies_under_it_stays_readable() -> None:
    picture = PIL.Image.new("RGB", (COLUMNS * SIDE, ROWS * SIDE), "white")
    picture.paste("black", (5 * SIDE + 10, 2 * SIDE + 10, 5 * SIDE + 18, 2 * SIDE + 18))
    (drawn,) = make_heatmap_images([encode(picture)], "where?", Planted(2, 5), OVERLAY)
    ground, ink = pixels(drawn)[2 * SIDE + 7, 5 * SIDE + 14], pixels(drawn)[2 * SIDE + 14, 5 * SIDE + 14]
    assert ground[0] > ground[1] > ground[2] - 20
    assert (ground - ink).mean() > 100


def test_the_crop_shows_the_planted_cell_and_little_else() -> None:
    picture = PIL.Image.new("RGB", (COLUMNS * SIDE, ROWS * SIDE), "white")
    picture.paste("red", (5 * SIDE, 2 * SIDE, 6 * SIDE, 3 * SIDE))
    (cut,) = make_heatmap_images([encode(picture)], "where?", Planted(2, 5), CROP)
    red = (pixels(cut)[..., 1] < 100).mean()
    assert red > 0.2, "the cell is 2 % of the picture"
    assert max(cut.width, cut.height) > 3 * SIDE, "small regions are enlarged"


def test_every_picture_of_a_case_gets_one_in_order() -> None:
    images = [paper(200, 100), paper(50, 300, "blue"), paper(3000, 1000)]
    drawn = make_heatmap_images(images, "where?", build_attention("saliency"), OVERLAY)
    assert [(one.width, one.height) for one in drawn] == [(200, 100), (50, 300), (1024, 341)]


def test_none_and_no_pictures_cost_nothing() -> None:
    model = Fixed(())
    assert make_heatmap_images([paper()], "where?", model, HeatmapSettings()) == ()
    assert make_heatmap_images([], "where?", model, OVERLAY) == ()


def test_a_map_without_a_peak_changes_nothing() -> None:
    flat = np.full((4, 4), 1 / 16, np.float32)
    plain = paper()
    for heatmap in (OVERLAY, CROP):
        (same,) = make_heatmap_images([plain], "where?", Fixed((flat,)), heatmap)
        np.testing.assert_array_equal(pixels(same), pixels(plain))


@pytest.mark.parametrize("settings", [OVERLAY, CROP])
def test_one_pixel_thin_strips_and_a_hundred_pictures(settings: HeatmapSettings) -> None:
    images = [paper(1, 1), paper(1, 400), paper(900, 3), *(paper(20 + index, 30, "green") for index in range(97))]
    drawn = make_heatmap_images(images, "where?", build_attention("saliency"), settings)
    assert len(drawn) == 100
    assert drawn[0].width == drawn[0].height == 1


def test_bad_input_is_an_error_not_a_picture() -> None:
    half = np.full((1, 2), 0.25, np.float32)
    with pytest.raises(DataError, match="question is empty"):
        make_heatmap_images([paper()], " \n", Planted(0, 0), OVERLAY)
    with pytest.raises(ReplyUnusable, match="0 maps for 1"):
        make_heatmap_images([paper()], "where?", Fixed(()), OVERLAY)
    with pytest.raises(ReplyUnusable, match="sums to"):
        make_heatmap_images([paper()], "where?", Fixed((half,)), OVERLAY)
    with pytest.raises(DataError):
        make_heatmap_images([replace(paper(), data=b"damaged")], "where?", Planted(0, 0), OVERLAY)


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": 1.5}, {"layer": -0.1}, {"mass": 2.0}, {"margin": float("nan")}, {"max_side": 0}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_out_of_range_are_told_by_name(wrong) -> None:
    with pytest.raises(SettingsError, match=f"heatmap.{next(iter(wrong))}"):
        HeatmapSettings(**wrong)


def test_the_query_is_the_question_and_the_rules_one_a_line() -> None:
    assert heatmap_query("How many\n  cubes?", ["Count hidden\tones.", " ", "Use the legend."]) == (
        "How many cubes?\nCount hidden ones.\nUse the legend."
    )


def test_the_colour_ramp_is_in_range_darkens_evenly_and_is_warm() -> None:
    linear = linear_ramp()
    assert linear.min() >= 0
    assert linear.max() <= 1
    luminance = linear @ np.float32([0.2126, 0.7152, 0.0722])
    lightness = np.cbrt(luminance)
    steps = -np.diff(lightness)
    assert (steps > 0).all()
    assert steps.max() < 2.5 * steps.min()
    assert (warm_ramp()[:, 0] > warm_ramp()[:, 1]).all()
    assert (warm_ramp()[:, 1] > warm_ramp()[:, 2] - 20).all()


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
