"""The four charts of a report as inline SVG. Colours are CSS variables of the page, so that charts follow its light or dark mode.

Pieces are ``Markup``, whose ``format`` escapes every text that is put in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vilomem_core.evaluation.paired import wilson
from vilomem_core.reporting.data import RoleCost, RoundRow
from vilomem_core.reporting.text import count, fit, share

MAX_POINTS = 40  # rounds beyond this are pooled: rounds of one case would draw noise
VERDICTS = (("correct", "good"), ("incorrect", "bad"), ("undetermined", "unsure"), ("failed", "failed"))
STREAMS = (("visual", "visual"), ("logic", "logic"))
WIDTH, HEIGHT = 420.0, 220.0
LEFT, TOP, RIGHT, BOTTOM = 50.0, 20.0, 404.0, 188.0  # the plot area


@dataclass(frozen=True, slots=True)
class Point:
    """One round, or some consecutive ones with their counts added; memories are those after the last."""

    label: str
    counts: dict[str, int]
    memories: dict[str, int]

    @property
    def judged(self) -> int:
        return self.counts["correct"] + self.counts["incorrect"]


def points(rounds: Sequence[RoundRow]) -> list[Point]:
    """At most ``MAX_POINTS`` points in the order of the rounds."""
    size = -(-len(rounds) // MAX_POINTS) or 1
    return [_pooled(rounds[start : start + size]) for start in range(0, len(rounds), size)]


def _pooled(group: Sequence[RoundRow]) -> Point:
    first, last = group[0], group[-1]
    label = str(first.round) if len(group) == 1 else f"{first.round}–{last.round}"
    counts = {name: sum(getattr(row, name) for row in group) for name, _ in VERDICTS}
    return Point(label, counts, {"visual": last.visual, "logic": last.logic})


def accuracy_chart(shown: Sequence[Point]) -> Markup:
    """Share of correct answers among those with a verdict, with 95 % Wilson intervals."""
    known = [(index, point) for index, point in enumerate(shown) if point.judged]
    if not known:
        return _nothing("No answer has a verdict yet.")
    axis = Axis(100, 25, lambda value: f"{value:.0f} %")
    middles, _ = slots(len(shown))
    body = [grid(axis), category_axis([point.label for point in shown])]
    xs, ys, marks = [], [], []
    ends = {known[0][0], known[-1][0]}
    for index, point in known:
        correct, judged = point.counts["correct"], point.judged
        low, high = wilson(correct, judged)
        xs.append(middles[index])
        ys.append(axis.y(100 * correct / judged))
        marks.append(whisker(xs[-1], axis.y(100 * high), axis.y(100 * low), "accuracy"))
        if index in ends:
            marks.append(text(xs[-1], axis.y(100 * high) - 6, f"{100 * correct / judged:.0f} %", "middle", strong=True))
        tip = (
            f"Round {point.label}: {correct} of {judged} correct ({share(correct, judged)}), 95 % interval {low:.0%} to {high:.0%}"
        )
        marks.append(dot(xs[-1], ys[-1], "accuracy", tip))
    body += [*marks, line(xs, ys, "accuracy")]
    return chart(body, f"Accuracy per round, from {_accuracy(known[0][1])} to {_accuracy(known[-1][1])}")


def _accuracy(point: Point) -> str:
    return share(point.counts["correct"], point.judged)


def growth_chart(shown: Sequence[Point]) -> Markup:
    """Active memories per stream after each round."""
    if not shown:
        return _nothing("No round was consolidated yet.")
    axis = axis_up_to(max(max(point.memories.values()) for point in shown), count)
    middles, _ = slots(len(shown))
    body = [grid(axis), category_axis([point.label for point in shown])]
    for name, style in STREAMS:
        ys = [axis.y(point.memories[name]) for point in shown]
        body.append(line(middles, ys, style))
        for x, y, point in zip(middles, ys, shown, strict=True):
            body.append(dot(x, y, style, f"After round {point.label}: {point.memories[name]} {name} memories"))
    return legend(STREAMS) + chart(body, "Active memories after each round, per stream")


def verdict_chart(shown: Sequence[Point]) -> Markup:
    """Verdicts of each round, stacked."""
    largest = max((sum(point.counts.values()) for point in shown), default=0)
    if not largest:
        return _nothing("No case was answered yet.")
    axis = axis_up_to(largest, count)
    middles, width = slots(len(shown))
    body = [grid(axis), category_axis([point.label for point in shown])]
    thick = min(width * 0.7, 46.0)
    for x, point in zip(middles, shown, strict=True):
        below = 0
        for name, style in VERDICTS:
            number = point.counts[name]
            if number:
                top, foot = axis.y(below + number), axis.y(below)
                gap = 1.5 if below and foot - top > 3 else 0.0  # parts stay apart without relying on colour
                body.append(bar(x - thick / 2, top, thick, foot - top - gap, style, f"Round {point.label}: {number} {name}"))
            below += number
    return legend(VERDICTS) + chart(body, "Verdicts per round")


def cost_chart(roles: Sequence[RoleCost]) -> Markup:
    """Tokens per role, read and written."""
    if not roles:
        return _nothing("No model was called yet.")
    row, left, right = 34.0, 8.0, 412.0
    largest = max(1, *(cost.usage.prompt_tokens + cost.usage.completion_tokens for cost in roles))
    body = []
    for index, cost in enumerate(roles):
        usage, top = cost.usage, row * index + 4
        scale = (right - left) / largest
        read, written = usage.prompt_tokens * scale, usage.completion_tokens * scale
        label = f"{cost.role}: {count(usage.calls)} calls, {count(usage.prompt_tokens + usage.completion_tokens)} tokens"
        body.append(text(left, top + 11, label))
        body.append(bar(left, top + 16, read, 9, "read", f"{cost.role}: {usage.prompt_tokens:,} tokens read"))
        body.append(
            bar(left + read + 1.5, top + 16, written, 9, "written", f"{cost.role}: {usage.completion_tokens:,} tokens written")
        )
    keys = legend((("tokens read", "read"), ("tokens written", "written")))
    return keys + chart(body, "Tokens per role", row * len(roles) + 8)


def _nothing(words: str) -> Markup:
    return Markup('<p class="empty">{}</p>').format(words)


# ----------------------------------------------------------------------------------------------------------------- pieces


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


def chart(body: Sequence[Markup], label: str, height: float = HEIGHT) -> Markup:
    frame = Markup('<svg viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}</svg>')
    return frame.format(WIDTH, height, fit(label), Markup("").join(body))


def grid(axis: Axis) -> Markup:
    stroke = Markup('<line class="grid" x1="{:g}" x2="{:g}" y1="{:.1f}" y2="{:.1f}"/>')
    lines = []
    for index in range(round(axis.high / axis.step) + 1):
        value = index * axis.step
        y = axis.y(value)
        lines.append(stroke.format(LEFT, RIGHT, y, y))
        lines.append(text(LEFT - 6, y + 4, axis.show(value), "end"))
    return Markup("").join(lines)


def category_axis(labels: Sequence[str]) -> Markup:
    """Labels under the plot; only as many as fit."""
    middles, _ = slots(len(labels))
    every = max(1, math.ceil(len(labels) / 10))
    shown = range(0, len(labels), every)
    return Markup("").join(text(middles[index], BOTTOM + 17, labels[index], "middle") for index in shown)


def slots(number: int) -> tuple[list[float], float]:
    """The middles of equal slots along the plot, and the width of one."""
    width = (RIGHT - LEFT) / max(number, 1)
    return [LEFT + width * (index + 0.5) for index in range(number)], width


def line(xs: Sequence[float], ys: Sequence[float], style: str) -> Markup:
    through = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return Markup('<polyline class="line" points="{}" style="stroke:var(--{})"/>').format(through, style)


def dot(x: float, y: float, style: str, tip: str) -> Markup:
    shape = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4" style="fill:var(--{})"><title>{}</title></circle>')
    return shape.format(x, y, style, fit(tip))


def bar(x: float, y: float, width: float, height: float, style: str, tip: str) -> Markup:
    shape = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" style="fill:var(--{})"><title>{}</title></rect>')
    return shape.format(x, y, max(width, 0.5), max(height, 0.0), style, fit(tip))


def whisker(x: float, top: float, bottom: float, style: str) -> Markup:
    path = f"M{x:.1f} {top:.1f}V{bottom:.1f}M{x - 4:.1f} {top:.1f}h8M{x - 4:.1f} {bottom:.1f}h8"
    return Markup('<path class="whisker" d="{}" style="stroke:var(--{})"/>').format(path, style)


def text(x: float, y: float, content: str, anchor: str = "start", strong: bool = False) -> Markup:
    kind = Markup(' class="strong"') if strong else ""
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>').format(x, y, anchor, kind, fit(content))


def legend(entries: Sequence[tuple[str, str]]) -> Markup:
    """Colour keys above a chart: (name, style)."""
    key = Markup('<li><i style="background:var(--{})"></i>{}</li>')
    keys = Markup("").join(key.format(style, name) for name, style in entries)
    return Markup('<ul class="legend">{}</ul>').format(keys)
