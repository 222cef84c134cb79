"""A small drawing surface and the frame of a chart: smooth lines and text, with no font or library beyond Pillow."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 320, 240  # pixels of a finished picture
_SCALE = 2  # drawn larger and shrunk: smooth edges
_COLOURS = 48  # a palette keeps the files under 10 kB without visible loss in flat drawings

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["lm", "mm", "rm"]

INK, MUTED, GRID, PAPER = "#22282f", "#6b7480", "#dfe3e8", "#ffffff"
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#2f6fb5", "#e0812b", "#3f9c6b", "#c9423f", "#8559a5", "#aab2bb"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE)

LEFT, TOP, RIGHT, BOTTOM = 44.0, 34.0, 306.0, 204.0  # the plot area of a chart, pixels


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _SCALE)


class Canvas:
    """A picture of 320 x 240 pixels; coordinates are pixels from the top left and may be fractions."""

    def __init__(self, background: str = PAPER) -> None:
        self._image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), background)
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Sequence[Point], colour: str = INK, width: float = 1.0) -> None:
        self._draw.line(_scaled(points), fill=colour, width=_thickness(width), joint="curve")

    def dashes(self, start: Point, end: Point, colour: str = MUTED, width: float = 1.0, dash: float = 5.0) -> None:
        length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
        count = max(1, int(length / (2 * dash)))
        for index in range(count):
            low, high = index / count, (index + 0.5) / count
            ends = [(start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part) for part in (low, high)]
            self.line(ends, colour, width)

    def polygon(self, points: Sequence[Point], fill: str | None, outline: str = INK, width: float = 1.0) -> None:
        if fill is not None:
            self._draw.polygon(_scaled(points), fill=fill)
        self.line([*points, points[0], points[1]], outline, width)

    def box(self, left: float, top: float, right: float, bottom: float, fill: str | None, outline: str | None = None) -> None:
        corners = _scaled([(left, top), (right, bottom)])
        self._draw.rectangle(corners, fill=fill, outline=outline, width=_thickness(1))

    def panel(self, left: float, top: float, right: float, bottom: float, fill: str | None, outline: str, radius: float) -> None:
        corners = _scaled([(left, top), (right, bottom)])
        self._draw.rounded_rectangle(corners, radius * _SCALE, fill=fill, outline=outline, width=_thickness(1.5))

    def disc(self, centre: Point, radius: float, fill: str | None, outline: str | None = None, width: float = 1.0) -> None:
        box = _scaled([(centre[0] - radius, centre[1] - radius), (centre[0] + radius, centre[1] + radius)])
        self._draw.ellipse(box, fill=fill, outline=outline, width=_thickness(width))

    def arc(self, centre: Point, radius: float, start: float, end: float, colour: str = MUTED, width: float = 1.5) -> None:
        """Angles in degrees, clockwise from three o'clock."""
        box = _scaled([(centre[0] - radius, centre[1] - radius), (centre[0] + radius, centre[1] + radius)])
        self._draw.arc(box, start, end, fill=colour, width=_thickness(width))

    def text(self, at: Point, text: str, colour: str = INK, size: int = 11, anchor: Anchor = "mm") -> None:
        self._draw.text((at[0] * _SCALE, at[1] * _SCALE), text, fill=colour, font=_font(size), anchor=anchor)

    def text_width(self, text: str, size: int = 11) -> float:
        return self._draw.textlength(text, font=_font(size)) / _SCALE

    def png(self) -> bytes:
        small = self._image.reduce(_SCALE)
        return png_bytes(small.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))


def png_bytes(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]


def _thickness(width: float) -> int:
    return max(1, round(width * _SCALE))


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis from ``low`` to ``high`` with a labelled line at every ``step``."""

    low: int
    high: int
    step: int

    def y(self, value: float) -> float:
        """Pixels from the top for a value."""
        return BOTTOM - (value - self.low) / (self.high - self.low) * (BOTTOM - TOP)


def chart_title(canvas: Canvas, text: str) -> None:
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


def category_slots(count: int, right: float = RIGHT) -> tuple[list[float], float]:
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
