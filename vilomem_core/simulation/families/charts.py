"""Line charts: two value axes, and a legend whose order is not the order of the lines."""

from __future__ import annotations

from functools import partial
from random import Random

from vilomem_core.simulation.canvas import (
    BLUE,
    BOTTOM,
    INK,
    ORANGE,
    PALETTE,
    TOP,
    Canvas,
    Scale,
    category_labels,
    category_slots,
    chart_title,
    right_axis,
    value_axis,
)
from vilomem_core.simulation.exercise import Exercise, TrapFamily, build, whole_numbers, word_answers
from vilomem_core.types import Stream

_PAIRS = (
    ("rain (mm)", "temperature (°C)", 10, 5),
    ("orders", "complaints", 50, 2),
    ("visitors", "staff", 100, 4),
    ("output (t)", "price (EUR)", 20, 3),
    ("cars", "buses", 200, 10),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
_RIGHT = 270.0  # the plot ends earlier: the right axis needs room


def dual_axis(rng: Random) -> Exercise:
    """A value of the line that belongs to the axis on the right."""
    left_name, right_name, left_step, right_step = rng.choice(_PAIRS)
    bars = tuple(rng.randint(1, 5) for _ in _MONTHS)
    line = tuple(rng.randint(1, 5) for _ in _MONTHS)
    month = rng.randrange(len(_MONTHS))
    right_value, left_value = line[month] * right_step, line[month] * left_step
    noun = right_name.split(" (")[0]
    question = rng.choice(
        (
            "The line shows {noun}, the bars show {other}. What is the value of the line in {month}?",
            "In the chart with two value axes, how much is the {noun} (line) in {month}?",
            "Read the {noun} for {month} from the line in the combined chart.",
        )
    ).format(noun=noun, other=left_name.split(" (")[0], month=_MONTHS[month])
    others = (bars[month] * right_step, bars[month] * left_step, right_value + right_step)
    answers = whole_numbers(rng, right_value, left_value, others)
    right = f"The line has the colour of the right axis, so I read it there: {right_value}."
    wrong = f"In {_MONTHS[month]} the line is level with the mark {left_value} of the axis, so it is {left_value}."
    draw = partial(_two_axes, (left_name, right_name), (left_step, right_step), bars, line)
    return build(rng, question, answers, right, wrong, draw)


def _two_axes(names: tuple[str, str], steps: tuple[int, int], bars: tuple[int, ...], line: tuple[int, ...], canvas: Canvas) -> None:
    left, right = (Scale(0, 6 * step, step) for step in steps)
    canvas.text((12, 14), names[0], BLUE, 11, "lm")
    canvas.text((308, 14), names[1], ORANGE, 11, "rm")
    value_axis(canvas, left, _RIGHT, BLUE)
    right_axis(canvas, right, _RIGHT, ORANGE)
    middles, width = category_slots(len(bars), _RIGHT)
    for middle, value in zip(middles, bars, strict=True):
        canvas.box(middle - width * 0.3, left.y(value * steps[0]), middle + width * 0.3, BOTTOM, "#8db4de")
    points = [(middle, right.y(value * steps[1])) for middle, value in zip(middles, line, strict=True)]
    canvas.line(points, ORANGE, 2)
    for point in points:
        canvas.disc(point, 3, ORANGE)
    category_labels(canvas, middles, _MONTHS)


_SERIES = (
    ("Bikes hired", "bikes", ("Harbour", "Station", "Market", "Campus")),
    ("Sales by flavour", "ice creams", ("Lemon", "Mango", "Vanilla", "Cherry")),
    ("Downloads by app", "downloads", ("Atlas", "Nimbus", "Quill", "Tempo")),
    ("Patients by clinic", "patients", ("Alder", "Beech", "Cedar", "Maple")),
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def legend_order(rng: Random) -> Exercise:
    """Which series is on top on a day; the legend lists the series in another order than the lines lie."""
    title, things, names = rng.choice(_SERIES)
    listed = rng.sample(names, 4)
    levels = [3, 0, 1, 2]  # of the series as listed: the top line is never the first of the legend
    while levels[0] == 3:
        rng.shuffle(levels)
    lines = tuple(tuple(12 + 22 * level + rng.randint(-7, 7) for _ in _DAYS) for level in levels)
    day = rng.randrange(len(_DAYS))
    best, trap = listed[levels.index(3)], listed[0]
    question = rng.choice(
        (
            "Which of the four lines has the most {things} on {day}? Give its name from the legend.",
            "Which series in the line chart is highest on {day} ({things})?",
            "Name the series with the largest number of {things} on {day}.",
        )
    ).format(things=things, day=_DAYS[day])
    answers = word_answers(rng, best, trap, tuple(name for name in listed if name not in {best, trap}))
    right = f"The top line on {_DAYS[day]} has the colour that the legend gives to {best}."
    wrong = f"{trap} comes first in the legend and so it is the top line."
    return build(rng, question, answers, right, wrong, partial(_lines, title, tuple(listed), lines))


def _lines(title: str, names: tuple[str, ...], lines: tuple[tuple[int, ...], ...], canvas: Canvas) -> None:
    chart_title(canvas, title)
    scale = Scale(0, 100, 20)
    right = 238.0
    value_axis(canvas, scale, right)
    middles, _ = category_slots(len(_DAYS), right)
    for line, colour in zip(lines, PALETTE, strict=True):
        canvas.line([(middle, scale.y(value)) for middle, value in zip(middles, line, strict=True)], colour, 2)
    category_labels(canvas, middles, _DAYS)
    for index, (name, colour) in enumerate(zip(names, PALETTE, strict=True)):
        y = TOP + 16 + 18 * index
        canvas.line([(right + 8, y), (right + 22, y)], colour, 2.5)
        canvas.text((right + 27, y), name, INK, 10, "lm")


FAMILIES = (
    TrapFamily("dual-axis", Stream.VISUAL, dual_axis),
    TrapFamily("legend-order", Stream.VISUAL, legend_order),
)
