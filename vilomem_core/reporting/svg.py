"""Pieces of inline SVG charts. Colours are CSS variables of the page, so that charts follow its light or dark mode."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vilomem_core.reporting.text import escape

WIDTH, HEIGHT = 420.0, 220.0
LEFT, TOP, RIGHT, BOTTOM = 50.0, 20.0, 404.0, 188.0  # the plot area


@dataclass(frozen=True, slots=True)
class Axis:
    """A value axis from 0 to ``high`` with a line at every ``step``."""

    high: float
    step: float
    show: Callable[[float], str]

    def y(self, value: float) -> float:
        return BOTTOM - value / self.high * (BOTTOM - TOP)


def axis_up_to(largest: float, show: Callable[[float], str]) -> Axis:
    """About four steps of 1, 2 or 5 times a power of ten, of at least 1."""
    raw = max(largest, 1.0) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = max(1.0, next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999))
    return Axis(step * math.ceil(max(largest, 1.0) / step), step, show)


def chart(body: Sequence[str], label: str, height: float = HEIGHT) -> str:
    parts = "".join(body)
    return f'<svg viewBox="0 0 {WIDTH:g} {height:g}" role="img" aria-label="{escape(label)}">{parts}</svg>'


def grid(axis: Axis) -> str:
    lines = []
    for index in range(round(axis.high / axis.step) + 1):
        value = index * axis.step
        y = axis.y(value)
        lines.append(f'<line class="grid" x1="{LEFT:g}" x2="{RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(text(LEFT - 6, y + 4, axis.show(value), "end"))
    return "".join(lines)


def category_axis(labels: Sequence[str]) -> str:
    """Labels under the plot; only as many as fit."""
    middles, _ = slots(len(labels))
    every = max(1, math.ceil(len(labels) / 10))
    return "".join(text(middles[index], BOTTOM + 17, labels[index], "middle") for index in range(0, len(labels), every))


def slots(number: int) -> tuple[list[float], float]:
    """The middles of equal slots along the plot, and the width of one."""
    width = (RIGHT - LEFT) / max(number, 1)
    return [LEFT + width * (index + 0.5) for index in range(number)], width


def line(xs: Sequence[float], ys: Sequence[float], style: str) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return f'<polyline class="line" points="{points}" style="stroke:var(--{style})"/>'


def dot(x: float, y: float, style: str, tip: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" style="fill:var(--{style})"><title>{escape(tip)}</title></circle>'


def bar(x: float, y: float, width: float, height: float, style: str, tip: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.0):.1f}" '
        f'style="fill:var(--{style})"><title>{escape(tip)}</title></rect>'
    )


def whisker(x: float, top: float, bottom: float, style: str) -> str:
    path = f"M{x:.1f} {top:.1f}V{bottom:.1f}M{x - 4:.1f} {top:.1f}h8M{x - 4:.1f} {bottom:.1f}h8"
    return f'<path class="whisker" d="{path}" style="stroke:var(--{style})"/>'


def text(x: float, y: float, content: str, anchor: str = "start", strong: bool = False) -> str:
    kind = ' class="strong"' if strong else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(content)}</text>'


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Colour keys above a chart: (name, style)."""
    keys = "".join(f'<li><i style="background:var(--{style})"></i>{escape(name)}</li>' for name, style in entries)
    return f'<ul class="legend">{keys}</ul>'
