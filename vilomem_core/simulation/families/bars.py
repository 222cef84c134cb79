"""Bar charts: an axis that does not start at zero, segments that are stacked, bins and their ends."""

from __future__ import annotations

from functools import partial
from random import Random

from vilomem_core.simulation.canvas import (
    BLUE,
    BOTTOM,
    GREEN,
    INK,
    LEFT,
    MUTED,
    PALETTE,
    Canvas,
    Scale,
    category_labels,
    category_slots,
    chart_title,
    legend_row,
    value_axis,
)
from vilomem_core.simulation.exercise import Exercise, TrapFamily, build, whole_numbers
from vilomem_core.types import Stream

_SUBJECTS = (
    ("Ticket sales", "tickets sold", ("Rex", "Lux", "Odeon", "Astor")),
    ("Club members", "members", ("Judo", "Chess", "Rowing", "Tennis")),
    ("Harvest in tonnes", "harvest", ("North", "East", "South", "West")),
    ("Library visits", "visits", ("Mon", "Tue", "Wed", "Thu")),
    ("Parcels delivered", "parcels", ("Van 1", "Van 2", "Van 3", "Van 4")),
)


def truncated_axis(rng: Random) -> Exercise:
    """By how many per cent is one bar higher than another, on an axis that starts far above zero."""
    title, noun, names = rng.choice(_SUBJECTS)
    step = rng.choice((5, 10, 20))
    base = step * rng.choice((6, 8, 9, 10, 12, 15, 16))
    low, times = rng.choice(((1, 2), (1, 3), (2, 2), (1, 4)))
    first, second = rng.sample(range(len(names)), 2)
    heights = [rng.randint(1, 5) for _ in names]
    heights[first], heights[second] = low, low * times
    values = tuple(base + step * height for height in heights)
    small, large = values[first], values[second]
    percent, drawn = round(100 * (large - small) / small), 100 * (times - 1)
    question = rng.choice(
        (
            "By how many per cent is the bar of {b} above the bar of {a} ({noun})? Round to a whole per cent.",
            "The chart shows {noun}. How many per cent more does {b} have than {a}, to the nearest whole per cent?",
            "Compare {a} with {b} in the bar chart of {noun}: what is the percentage increase from {a} to {b}, rounded?",
        )
    ).format(a=names[first], b=names[second], noun=noun)
    answers = whole_numbers(rng, percent, drawn, (100 * times, percent + 4), " %")
    right = f"The axis starts at {base}, so I read values: {small} and {large}. ({large} - {small}) / {small} is about {percent} %."
    wrong = f"The bar of {names[second]} is {times} times as tall as the bar of {names[first]}, so it is {drawn} % more."
    scale = Scale(base, base + 6 * step, step)
    return build(rng, question, answers, right, wrong, partial(_plain_bars, title, names, values, scale))


def _plain_bars(title: str, names: tuple[str, ...], values: tuple[int, ...], scale: Scale, canvas: Canvas) -> None:
    chart_title(canvas, title)
    value_axis(canvas, scale)
    middles, width = category_slots(len(names))
    for middle, value in zip(middles, values, strict=True):
        canvas.box(middle - width * 0.3, scale.y(value), middle + width * 0.3, BOTTOM, BLUE)
    category_labels(canvas, middles, names)


_STACKS = (
    ("Waste in tonnes", ("paper", "glass", "metal"), ("2021", "2022", "2023", "2024")),
    ("Guests at the hotel", ("single", "double", "suite"), ("May", "June", "July", "Aug")),
    ("Trees planted", ("oak", "birch", "pine"), ("Hill", "Park", "Lake", "Road")),
    ("Meals served", ("soup", "salad", "pasta"), ("Mon", "Tue", "Wed", "Thu")),
)


def stacked_bar(rng: Random) -> Exercise:
    """The size of a middle or upper segment of a stacked bar."""
    title, parts, names = rng.choice(_STACKS)
    step = rng.choice((5, 10, 20, 50))
    stacks = tuple(tuple(rng.randint(1, 3) for _ in parts) for _ in names)
    column, part = rng.randrange(len(names)), rng.choice((1, 2))
    bottom = step * sum(stacks[column][:part])
    size = step * stacks[column][part]
    top = bottom + size
    question = rng.choice(
        (
            "What is the value of the {part} segment in the stacked bar of {name}?",
            "The stacked bars show {title}. What is the figure for {part} in {name}?",
            "Read the stacked bar chart: how large is the part for {part} in {name}?",
        )
    ).format(part=parts[part], name=names[column], title=title[0].lower() + title[1:])
    answers = whole_numbers(rng, size, top, (bottom, step * sum(stacks[column]), size + step))
    right = f"The {parts[part]} segment reaches from {bottom} to {top}, so it is {top} - {bottom} = {size}."
    wrong = f"The {parts[part]} segment ends at the grid line {top}, so its value is {top}."
    scale = Scale(0, 9 * step, step)
    return build(rng, question, answers, right, wrong, partial(_stacks, title, parts, names, stacks, step, scale))


def _stacks(
    title: str,
    parts: tuple[str, ...],
    names: tuple[str, ...],
    stacks: tuple[tuple[int, ...], ...],
    step: int,
    scale: Scale,
    canvas: Canvas,
) -> None:
    chart_title(canvas, title)
    value_axis(canvas, scale)
    middles, width = category_slots(len(names))
    for middle, stack in zip(middles, stacks, strict=True):
        low = 0
        for count, colour in zip(stack, PALETTE, strict=False):
            high = low + count * step
            canvas.box(middle - width * 0.3, scale.y(high), middle + width * 0.3, scale.y(low), colour)
            low = high
    category_labels(canvas, middles, names)
    legend_row(canvas, parts, PALETTE[: len(parts)])


_BINS = (
    ("Running times in minutes", "runners", "took"),
    ("Test scores in points", "pupils", "scored"),
    ("Ages of the visitors in years", "visitors", "were aged"),
    ("Weights of the melons in hectograms", "melons", "weighed"),
)


def histogram_bins(rng: Random) -> Exercise:
    """How many values lie between two bin ends, where the upper end itself is excluded."""
    title, things, verb = rng.choice(_BINS)
    width, start = rng.choice((5, 10, 20)), rng.choice((0, 1, 2))
    edges = tuple(width * (start + index) for index in range(7))
    counts = tuple(rng.randint(2, 9) for _ in range(6))
    first = rng.randint(0, 2)
    last = first + rng.randint(1, 2)  # the bins first … last are asked for; there is one more on the right
    total, trap = sum(counts[first : last + 1]), sum(counts[first : last + 2])
    low, high = edges[first], edges[last + 1]
    question = rng.choice(
        (
            "How many {things} {verb} at least {low} but less than {high}?",
            "According to the histogram, how many {things} {verb} {low} or more and under {high}?",
            "Count the {things} in the histogram that {verb} from {low} up to, but not including, {high}.",
        )
    ).format(things=things, verb=verb, low=low, high=high)
    answers = whole_numbers(rng, total, trap, (sum(counts[first + 1 : last + 1]), total - counts[last]))
    shown = " + ".join(map(str, counts[first : last + 1]))
    right = f"Each bin holds its left end and not its right end, so I add the bins from {low} up to {high}: {shown} = {total}."
    wrong = f"I add all bars that touch the range from {low} to {high}: {shown} + {counts[last + 1]} = {trap}."
    return build(rng, question, answers, right, wrong, partial(_histogram, title, edges, counts))


def _histogram(title: str, edges: tuple[int, ...], counts: tuple[int, ...], canvas: Canvas) -> None:
    chart_title(canvas, title)
    value_axis(canvas, Scale(0, 10, 2))
    scale = Scale(0, 10, 2)
    middles, width = category_slots(len(counts))
    for middle, count in zip(middles, counts, strict=True):
        canvas.box(middle - width / 2, scale.y(count), middle + width / 2, BOTTOM, GREEN, "#ffffff")
        canvas.text((middle, scale.y(count) - 7), str(count), INK, 10)
    for index, edge in enumerate(edges):
        canvas.text((LEFT + width * index, BOTTOM + 12), str(edge), INK, 10)
    canvas.text((LEFT, 229), "Each bar: left end included, right end excluded", MUTED, 10, "lm")


FAMILIES = (
    TrapFamily("truncated-axis", Stream.VISUAL, truncated_axis),
    TrapFamily("stacked-bar", Stream.VISUAL, stacked_bar),
    TrapFamily("histogram-bins", Stream.VISUAL, histogram_bins),
)
