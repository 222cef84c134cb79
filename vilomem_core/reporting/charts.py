"""The four charts of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.evaluation.paired import wilson
from vilomem_core.reporting import svg
from vilomem_core.reporting.data import RoleCost, RoundRow
from vilomem_core.reporting.text import count, escape, share

MAX_POINTS = 40  # rounds beyond this are pooled: rounds of one case would draw noise
VERDICTS = (("correct", "good"), ("incorrect", "bad"), ("undetermined", "unsure"), ("failed", "failed"))
STREAMS = (("visual", "visual"), ("logic", "logic"))


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


def accuracy_chart(shown: Sequence[Point]) -> str:
    """Share of correct answers among those with a verdict, with 95 % Wilson intervals."""
    known = [(index, point) for index, point in enumerate(shown) if point.judged]
    if not known:
        return _nothing("No answer has a verdict yet.")
    axis = svg.Axis(100, 25, lambda value: f"{value:.0f} %")
    middles, _ = svg.slots(len(shown))
    body = [svg.grid(axis), svg.category_axis([point.label for point in shown])]
    xs, ys, marks = [], [], []
    ends = {known[0][0], known[-1][0]}
    for index, point in known:
        correct, judged = point.counts["correct"], point.judged
        low, high = wilson(correct, judged)
        xs.append(middles[index])
        ys.append(axis.y(100 * correct / judged))
        marks.append(svg.whisker(xs[-1], axis.y(100 * high), axis.y(100 * low), "accuracy"))
        if index in ends:
            marks.append(svg.text(xs[-1], axis.y(100 * high) - 6, f"{100 * correct / judged:.0f} %", "middle", strong=True))
        tip = (
            f"Round {point.label}: {correct} of {judged} correct ({share(correct, judged)}), 95 % interval {low:.0%} to {high:.0%}"
        )
        marks.append(svg.dot(xs[-1], ys[-1], "accuracy", tip))
    body += [*marks, svg.line(xs, ys, "accuracy")]
    return svg.chart(body, f"Accuracy per round, from {_accuracy(known[0][1])} to {_accuracy(known[-1][1])}")


def _accuracy(point: Point) -> str:
    return share(point.counts["correct"], point.judged)


def growth_chart(shown: Sequence[Point]) -> str:
    """Active memories per stream after each round."""
    if not shown:
        return _nothing("No round was consolidated yet.")
    axis = svg.axis_up_to(max(max(point.memories.values()) for point in shown), count)
    middles, _ = svg.slots(len(shown))
    body = [svg.grid(axis), svg.category_axis([point.label for point in shown])]
    for name, style in STREAMS:
        ys = [axis.y(point.memories[name]) for point in shown]
        body.append(svg.line(middles, ys, style))
        for x, y, point in zip(middles, ys, shown, strict=True):
            body.append(svg.dot(x, y, style, f"After round {point.label}: {point.memories[name]} {name} memories"))
    return svg.legend(STREAMS) + svg.chart(body, "Active memories after each round, per stream")


def verdict_chart(shown: Sequence[Point]) -> str:
    """Verdicts of each round, stacked."""
    largest = max((sum(point.counts.values()) for point in shown), default=0)
    if not largest:
        return _nothing("No case was answered yet.")
    axis = svg.axis_up_to(largest, count)
    middles, width = svg.slots(len(shown))
    body = [svg.grid(axis), svg.category_axis([point.label for point in shown])]
    thick = min(width * 0.7, 46.0)
    for x, point in zip(middles, shown, strict=True):
        below = 0
        for name, style in VERDICTS:
            number = point.counts[name]
            if number:
                top, foot = axis.y(below + number), axis.y(below)
                gap = 1.5 if below and foot - top > 3 else 0.0  # parts stay apart without relying on colour
                body.append(svg.bar(x - thick / 2, top, thick, foot - top - gap, style, f"Round {point.label}: {number} {name}"))
            below += number
    return svg.legend(VERDICTS) + svg.chart(body, "Verdicts per round")


def cost_chart(roles: Sequence[RoleCost]) -> str:
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
        body.append(svg.text(left, top + 11, label))
        body.append(svg.bar(left, top + 16, read, 9, "read", f"{cost.role}: {usage.prompt_tokens:,} tokens read"))
        body.append(
            svg.bar(left + read + 1.5, top + 16, written, 9, "written", f"{cost.role}: {usage.completion_tokens:,} tokens written")
        )
    keys = svg.legend((("tokens read", "read"), ("tokens written", "written")))
    return keys + svg.chart(body, "Tokens per role", row * len(roles) + 8)


def _nothing(text: str) -> str:
    return f'<p class="empty">{escape(text)}</p>'
