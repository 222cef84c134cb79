"""The frame of a chart: plot area, value axis with grid lines, category labels, legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.simulation.canvas import GRID, INK, MUTED, Canvas

LEFT, TOP, RIGHT, BOTTOM = 44.0, 34.0, 306.0, 204.0  # the plot area, pixels


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis from ``low`` to ``high`` with a labelled line at every ``step``."""

    low: int
    high: int
    step: int

    def y(self, value: float) -> float:
        """Pixels from the top for a value."""
        return BOTTOM - (value - self.low) / (self.high - self.low) * (BOTTOM - TOP)


def title(canvas: Canvas, text: str) -> None:
    canvas.text((LEFT - 30, 14), text, size=12, anchor="lm")


def value_axis(canvas: Canvas, scale: Scale, right: float = RIGHT, colour: str = MUTED) -> None:
    """Grid lines with their values on the left."""
    for value in range(scale.low, scale.high + 1, scale.step):
        y = scale.y(value)
        canvas.line([(LEFT, y), (right, y)], GRID)
        canvas.text((LEFT - 6, y), str(value), colour, 10, "rm")
    canvas.line([(LEFT, BOTTOM), (right, BOTTOM)], MUTED)


def right_axis(canvas: Canvas, scale: Scale, right: float, colour: str) -> None:
    for value in range(scale.low, scale.high + 1, scale.step):
        canvas.text((right + 6, scale.y(value)), str(value), colour, 10, "lm")


def slots(count: int, right: float = RIGHT) -> tuple[list[float], float]:
    """The middles of ``count`` equal slots along the category axis, and the width of one."""
    width = (right - LEFT) / count
    return [LEFT + width * (index + 0.5) for index in range(count)], width


def category_labels(canvas: Canvas, middles: Sequence[float], names: Sequence[str]) -> None:
    for middle, name in zip(middles, names, strict=True):
        canvas.text((middle, BOTTOM + 12), name, INK, 10)


def legend_row(canvas: Canvas, names: Sequence[str], colours: Sequence[str], y: float = 228.0) -> None:
    """Colour keys in one row under the chart."""
    x = LEFT
    for name, colour in zip(names, colours, strict=True):
        canvas.box(x, y - 4, x + 8, y + 4, colour)
        canvas.text((x + 12, y), name, INK, 10, "lm")
        x += 28 + canvas.text_width(name, 10)
