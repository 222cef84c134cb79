"""Geometry: a figure that is not to scale, the angle outside a triangle, areas of similar figures."""

from __future__ import annotations

import math
from functools import partial
from random import Random

from vilomem_core.simulation.canvas import BLUE, INK, MUTED, RED, Canvas, Point
from vilomem_core.simulation.exercise import Exercise, TrapFamily, build, whole_numbers
from vilomem_core.types import Stream


def _apex(left: Point, right: Point, at_left: float, at_right: float) -> Point:
    """The third corner of a triangle with those angles (degrees) at the two ends of its base."""
    base = right[0] - left[0]
    side = base * math.sin(math.radians(at_right)) / math.sin(math.radians(at_left + at_right))
    return left[0] + side * math.cos(math.radians(at_left)), left[1] - side * math.sin(math.radians(at_left))


def _fitted(at_left: float, at_right: float, width: float = 210.0, height: float = 160.0) -> tuple[Point, Point, Point]:
    """A triangle with those angles at its base, as large as fits, standing on y = 205."""
    unit = _apex((0, 0), (1, 0), at_left, at_right)
    base = min(width, height / -unit[1])
    left = (160 - base / 2, 205.0)
    right = (160 + base / 2, 205.0)
    return left, right, _apex(left, right, at_left, at_right)


def _inside(corner: Point, others: tuple[Point, Point], distance: float) -> Point:
    """A place for a label on the bisector of a corner."""
    dx = dy = 0.0
    for other in others:
        length = math.dist(corner, other)
        dx += (other[0] - corner[0]) / length
        dy += (other[1] - corner[1]) / length
    length = math.hypot(dx, dy)
    return corner[0] + distance * dx / length, corner[1] + distance * dy / length


def not_to_scale(rng: Random) -> Exercise:
    """The third angle of a triangle that is drawn with other angles than those written into it."""
    looks = rng.choice((40, 60, 90, 120))
    true = looks
    while abs(true - looks) < 20:
        first, second = rng.randint(25, 95), rng.randint(25, 80)
        true = 180 - first - second
        if true < 20:
            true = looks
    share = rng.uniform(0.4, 0.6)
    question = rng.choice(
        (
            "How large is the angle x of the triangle, in degrees?",
            "Find the angle x in the triangle. Give it in degrees.",
            "Two angles of the triangle are labelled. What is the third, x, in degrees?",
        )
    )
    answers = whole_numbers(rng, true, looks, (180 - true, true + 10), "°")
    right = f"The labels decide, not the looks: x = 180 - {first} - {second} = {true}."
    wrong = f"In the figure the angle x looks like {looks} degrees, so x = {looks}."
    draw = partial(_labelled_triangle, (180 - looks) * share, (180 - looks) * (1 - share), (first, second))
    return build(rng, question, answers, right, wrong, draw)


def _labelled_triangle(at_left: float, at_right: float, labels: tuple[int, int], canvas: Canvas) -> None:
    left, right, apex = _fitted(at_left, at_right)
    canvas.polygon([left, right, apex], "#eef4fb", INK, 2)
    canvas.text(_inside(left, (right, apex), 36), f"{labels[0]}°", INK, 13)
    canvas.text(_inside(right, (left, apex), 36), f"{labels[1]}°", INK, 13)
    canvas.text(_inside(apex, (left, right), 30), "x", RED, 15)
    canvas.text((312, 229), "figure not drawn to scale", MUTED, 10, "rm")


def exterior_angle(rng: Random) -> Exercise:
    """The angle between a side and the extension of the next one."""
    first, second = rng.randint(30, 75), rng.randint(35, 75)
    if first + second == 90:
        second += 5
    outside, inside = first + second, 180 - first - second
    question = rng.choice(
        (
            "How many degrees has the marked angle y between the side and the extended base?",
            "One side of the triangle is extended. Find the angle y outside the triangle, in degrees.",
            "What is the size of the exterior angle y, in degrees?",
        )
    )
    answers = whole_numbers(rng, outside, inside, (180 - first, 180 - second), "°")
    right = f"An exterior angle is the sum of the two inner angles that it does not touch: y = {first} + {second} = {outside}."
    wrong = f"The angles of a triangle add up to 180 degrees, so y = 180 - {first} - {second} = {inside}."
    return build(rng, question, answers, right, wrong, partial(_extended_triangle, first, second))


def _extended_triangle(at_left: int, at_apex: int, canvas: Canvas) -> None:
    left, right, apex = _fitted(at_left, 180 - at_left - at_apex, 165, 150)
    left, right, apex = ((x - 28, y) for x, y in (left, right, apex))
    canvas.polygon([left, right, apex], "#fdf3e7", INK, 2)
    end = (308.0, right[1])
    canvas.line([right, end], INK, 2)
    slope = math.degrees(math.atan2(apex[1] - right[1], apex[0] - right[0])) % 360
    canvas.arc(right, 22, slope, 360, RED, 2)
    canvas.text(_inside(right, (end, apex), 36), "y", RED, 15)
    canvas.text(_inside(left, (right, apex), 38), f"{at_left}°", INK, 13)
    canvas.text(_inside(apex, (left, right), 36), f"{at_apex}°", INK, 13)


_PLANS = (
    ("garden bed", "square metres", "m"),
    ("poster", "square decimetres", "dm"),
    ("tiled floor", "square metres", "m"),
    ("solar panel", "square metres", "m"),
    ("carpet", "square metres", "m"),
)


def area_ratio(rng: Random) -> Exercise:
    """The area of the larger of two similar figures."""
    thing, unit, short = rng.choice(_PLANS)
    times = rng.choice((2, 3, 4, 5))
    triangles, size = rng.random() < 0.5, rng.randint(1, 5)
    side, area = 4 * size, (6 if triangles else 12) * size * size  # as drawn: 4 wide and 3 high
    large, trap = area * times * times, area * times
    question = rng.choice(
        (
            "The two {thing}s have the same shape. The small one has an area of {area} {unit}. What is the area of the large one?",
            "A {thing} of {area} {unit} is enlarged to the similar one on the right. How many {unit} does the large {thing} have?",
            "Both figures are similar {thing}s; the left one covers {area} {unit}. How many {unit} does the right one cover?",
        )
    ).format(thing=thing, area=area, unit=unit)
    answers = whole_numbers(rng, large, trap, (area * times**3, large + area), f" {unit}")
    ratio = f"{side * times} / {side} = {times}"
    right = f"Lengths are in the ratio {ratio}, so areas are in the ratio {times} x {times}: {area} x {times * times} = {large}."
    wrong = f"The large one is {ratio} times as large, so its area is {area} x {times} = {trap}."
    return build(rng, question, answers, right, wrong, partial(_similar, side, times, short, triangles))


def _similar(side: int, times: int, unit: str, triangles: bool, canvas: Canvas) -> None:
    large = 150.0
    small = large / (1 + 0.45 * (times - 1))  # the drawing shows larger and smaller; the labels carry the ratio
    for x, width, label in ((24.0, small, side), (148.0, large, side * times)):
        height = width * 0.75
        corners: list[Point] = [(x, 195), (x + width, 195), (x + width, 195 - height), (x, 195 - height)]
        if triangles:
            corners = [(x, 195), (x + width, 195), (x + width * 0.3, 195 - height)]
        canvas.polygon(corners, "#dfeaf6", BLUE, 2)
        canvas.text((x + width / 2, 209), f"{label} {unit}", INK, 12)


FAMILIES = (
    TrapFamily("not-to-scale", Stream.VISUAL, not_to_scale),
    TrapFamily("exterior-angle", Stream.LOGIC, exterior_angle),
    TrapFamily("area-ratio", Stream.LOGIC, area_ratio),
)
