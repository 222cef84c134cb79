"""Quantities along a way: average speed over two legs, and posts against gaps."""

from __future__ import annotations

from functools import partial
from random import Random

from vilomem_core.simulation.canvas import BLUE, GREEN, INK, MUTED, ORANGE, RED, Canvas
from vilomem_core.simulation.exercise import Exercise, TrapFamily, build, whole_numbers
from vilomem_core.types import Stream

# two speeds whose harmonic mean is whole, and that mean
_SPEEDS = (
    (30, 60, 40),
    (40, 60, 48),
    (20, 30, 24),
    (60, 90, 72),
    (80, 120, 96),
    (45, 90, 60),
    (50, 75, 60),
    (60, 120, 80),
    (24, 48, 32),
)
_TRIPS = (
    ("bus", ("Ashby", "Brook", "Calne")),
    ("lorry", ("mill", "bridge", "castle")),
    ("courier", ("depot", "farm", "port")),
    ("train", ("Norden", "Osby", "Pella")),
)


def average_speed(rng: Random) -> Exercise:
    """The average speed over two legs of equal length."""
    rider, places = rng.choice(_TRIPS)
    slow, fast, mean = rng.choice(_SPEEDS)
    legs = (slow, fast) if rng.random() < 0.5 else (fast, slow)
    hours = rng.choice((1, 2))
    distance = hours * slow * fast // mean
    trap = (slow + fast) // 2
    question = rng.choice(
        (
            "The {rider} travels the way shown without a stop. What is its average speed for the whole trip, in km/h?",
            "Both legs of the route are marked with length and speed. Find the average speed of the {rider} in km/h.",
            "How many kilometres per hour does the {rider} make on average from {a} to {c}?",
        )
    ).format(rider=rider, a=places[0], c=places[2])
    answers = whole_numbers(rng, mean, trap, (fast - slow, slow + 4, mean + 5), " km/h")
    right = (
        f"Time: {distance}/{legs[0]} h + {distance}/{legs[1]} h. The whole way of {2 * distance} km divided by the whole time "
        f"gives {mean} km/h."
    )
    wrong = f"The average of the two speeds is ({legs[0]} + {legs[1]}) / 2 = {trap} km/h."
    return build(rng, question, answers, right, wrong, partial(_route, places, legs, distance))


def _route(places: tuple[str, ...], legs: tuple[int, int], distance: int, canvas: Canvas) -> None:
    stops = ((36.0, 170.0), (160.0, 84.0), (284.0, 158.0))
    for index, colour in enumerate((BLUE, ORANGE)):
        start, end = stops[index], stops[index + 1]
        canvas.line([start, end], colour, 5)
        canvas.dashes(start, end, "#ffffff", 1, 4)
        side = -1 if index == 0 else 1
        x, y = (start[0] + end[0]) / 2 + side * 34, (start[1] + end[1]) / 2 - 16
        canvas.text((x, y - 9), f"{distance} km", INK, 12)
        canvas.text((x, y + 6), f"{legs[index]} km/h", colour, 12)
    for (x, y), name in zip(stops, places, strict=True):
        canvas.disc((x, y), 7, "#ffffff", INK, 2)
        canvas.text((x, y + 20), name, INK, 12)


_ROWS = (
    ("fence posts", "fence", "post"),
    ("lamps", "straight street", "lamp"),
    ("trees", "straight avenue", "tree"),
    ("flags", "race track", "flag"),
    ("bollards", "quay", "bollard"),
)


def end_posts(rng: Random) -> Exercise:
    """How many posts stand along a line that has one at each end."""
    things, line, thing = rng.choice(_ROWS)
    gap, gaps = rng.randint(2, 15), rng.randint(4, 30)
    length = gap * gaps
    question = rng.choice(
        (
            "How many {things} are needed for the {line} if the spacing is as shown and there is one at each end?",
            "A {line} gets a {thing} at its start, at its end and at each step between. How many {things} is that?",
            "The sketch shows length and spacing. With one {thing} at either end of the {line}, how many {things} stand there?",
        )
    ).format(things=things, line=line, thing=thing)
    answers = whole_numbers(rng, gaps + 1, gaps, (gaps - 1, gaps + 2))
    right = f"There are {length} / {gap} = {gaps} gaps, and one more {thing} than gaps: {gaps + 1}."
    wrong = f"{length} / {gap} = {gaps}, so {gaps} {things} are needed."
    return build(rng, question, answers, right, wrong, partial(_row, length, gap))


def _row(length: int, gap: int, canvas: Canvas) -> None:
    canvas.box(0, 150, 320, 240, "#e3ecd9")
    canvas.line([(24, 150), (296, 150)], MUTED, 2)
    for x in (24.0, 72.0, 248.0, 296.0):
        canvas.line([(x, 150), (x, 96)], INK, 4)
        canvas.disc((x, 92), 6, GREEN, INK)
    canvas.text((160, 122), ". . .", MUTED, 22)
    for left, right, y, label in ((24.0, 72.0, 66.0, f"{gap} m"), (24.0, 296.0, 190.0, f"{length} m")):
        canvas.line([(left, y), (right, y)], RED, 1.5)
        for x in (left, right):
            canvas.line([(x, y - 6), (x, y + 6)], RED, 1.5)
        canvas.text(((left + right) / 2, y - 14), label, INK, 13)


FAMILIES = (
    TrapFamily("average-speed", Stream.LOGIC, average_speed),
    TrapFamily("end-posts", Stream.LOGIC, end_posts),
)
