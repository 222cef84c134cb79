"""Scenes and instruments: things behind things, left and right of a figure, scales with unlabelled marks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from random import Random

from vilomem_core.simulation.canvas import BLUE, GREEN, GREY, INK, MUTED, ORANGE, PURPLE, RED, Canvas, Point
from vilomem_core.simulation.exercise import Exercise, TrapFamily, build, whole_numbers, word_answers
from vilomem_core.types import AnswerType, Stream

_CELLS: tuple[Point, ...] = ((58, 62), (160, 62), (262, 62), (58, 176), (160, 176), (262, 176))
_SHAPES = ("square", "circle", "triangle")


@dataclass(frozen=True, slots=True)
class _Placed:
    shape: str
    centre: Point
    colour: str


def hidden_shapes(rng: Random) -> Exercise:
    """How many shapes of a kind there are when some lie partly under others."""
    kind, *rest = rng.sample(_SHAPES, 3)
    ways = ["whole", "under", "under", rng.choice(("whole", "under")), "other", rng.choice(("whole", "other"))]
    rng.shuffle(ways)
    placed: list[_Placed] = []
    whole = covered = 0
    for way, (x, y) in zip(ways, _CELLS, strict=True):
        colours = rng.sample((BLUE, ORANGE, GREEN, PURPLE, RED), 2)
        dx, dy = rng.choice((-1, 1)) * rng.uniform(13, 19), rng.choice((-1, 1)) * rng.uniform(10, 16)
        if way == "under":
            covered += 1
            placed.append(_Placed(kind, (x + dx, y + dy), colours[0]))
            placed.append(_Placed(rest[0], (x - dx * 0.6, y - dy * 0.6), colours[1]))
        else:
            whole += way == "whole"
            placed.append(_Placed(kind if way == "whole" else rng.choice(rest), (x + dx * 0.5, y + dy * 0.5), colours[0]))
    question = rng.choice(
        (
            "How many {kind}s are there in the picture?",
            "Count the {kind}s in the scene.",
            "What is the number of {kind}s that were drawn?",
        )
    ).format(kind=kind)
    total = whole + covered
    answers = whole_numbers(rng, total, whole, (total + 1, total + 2))
    right = f"{whole} {kind}s lie free, and {covered} more stick out from under other shapes: {whole} + {covered} = {total}."
    wrong = f"I see {whole} complete {kind}s, so the number is {whole}."
    return build(rng, question, answers, right, wrong, partial(_scene, tuple(placed)))


def _scene(placed: tuple[_Placed, ...], canvas: Canvas) -> None:
    canvas.box(0, 0, 320, 240, "#f6f3ec")
    size = 26
    for item in placed:
        x, y = item.centre
        if item.shape == "circle":
            canvas.disc((x, y), size, item.colour, INK)
            continue
        corners = [(x - size, y + size), (x + size, y + size), (x + size, y - size), (x - size, y - size)]
        if item.shape == "triangle":
            corners = [(x - size - 2, y + size - 4), (x + size + 2, y + size - 4), (x, y - size)]
        canvas.polygon(corners, item.colour, INK)


_HOLDERS = ("child", "robot", "clown", "guide")
_OBJECTS = (("balloon", RED), ("flag", GREEN), ("lantern", ORANGE))


def body_side(rng: Random) -> Exercise:
    """In which of its own hands a figure that faces the viewer holds something."""
    holder = rng.choice(_HOLDERS)
    thing, colour = rng.choice(_OBJECTS)
    on_picture_left = rng.random() < 0.5
    own, seen = ("right", "left") if on_picture_left else ("left", "right")
    question = rng.choice(
        (
            "In which of its own hands does the {holder} hold the {thing}, left or right?",
            "Which hand of the {holder} carries the {thing}: the {holder}'s left or right hand?",
            "From the {holder}'s own point of view, which hand holds the {thing}: left or right?",
        )
    ).format(holder=holder, thing=thing)
    answers = word_answers(rng, own, seen, ("both", "neither"))
    if answers.form is AnswerType.TEXT:
        question += " Answer with one word."
    right = f"The {holder} faces me, so the {seen} side of the picture is the {holder}'s {own} side."
    wrong = f"The {thing} is on the {seen} side of the picture, so it is the {seen} hand."
    return build(rng, question, answers, right, wrong, partial(_figure, holder, thing, colour, on_picture_left))


def _figure(holder: str, thing: str, colour: str, on_left: bool, canvas: Canvas) -> None:
    canvas.box(0, 0, 320, 240, "#eaf2f8")
    canvas.box(0, 205, 320, 240, "#cfe0c8")
    clothes = {"child": BLUE, "robot": GREY, "clown": PURPLE, "guide": GREEN}[holder]
    side = -1 if on_left else 1
    for leg in (-1, 1):
        canvas.line([(160 + leg * 10, 165), (160 + leg * 14, 215)], INK, 7)
    canvas.panel(134, 98, 186, 172, clothes, INK, 10)
    canvas.line([(160 - side * 24, 108), (160 - side * 46, 150)], INK, 6)
    hand = (160 + side * 58.0, 84.0)
    canvas.line([(160 + side * 24, 108), hand], INK, 6)
    if holder == "robot":
        canvas.panel(138, 52, 182, 96, "#d5dae0", INK, 5)
    else:
        canvas.disc((160, 74), 23, "#f1cfa8", INK, 1.5)
    for eye in (-1, 1):
        canvas.disc((160 + eye * 8, 70), 3, INK)
    canvas.arc((160, 76), 10, 25, 155, INK, 2)
    _held(thing, colour, hand, side, canvas)


def _held(thing: str, colour: str, hand: Point, side: int, canvas: Canvas) -> None:
    x, y = hand
    if thing == "balloon":
        canvas.line([hand, (x + side * 8, y - 36)], MUTED)
        canvas.disc((x + side * 9, y - 52), 18, colour, INK)
    elif thing == "flag":
        canvas.line([(x, y + 10), (x, y - 60)], INK, 2)
        canvas.polygon([(x, y - 60), (x + side * 38, y - 48), (x, y - 36)], colour)
    else:
        canvas.line([hand, (x, y + 14)], INK, 2)
        canvas.panel(x - 11, y + 14, x + 11, y + 44, colour, INK, 4)
    canvas.disc(hand, 5, "#f1cfa8", INK)


_INSTRUMENTS = (("pressure gauge", "kPa"), ("thermometer", "°C"), ("measuring cylinder", "ml"), ("speedometer", "km/h"))


def gauge_marks(rng: Random) -> Exercise:
    """What an instrument shows whose small marks are worth more than one."""
    name, unit = rng.choice(_INSTRUMENTS)
    marks, worth = rng.choice(((5, 2), (5, 4), (4, 5), (5, 10), (2, 5), (4, 25)))
    major = marks * worth
    whole, extra = rng.randint(1, 3), rng.randint(1, marks - 1)
    value, trap = whole * major + extra * worth, whole * major + extra
    question = rng.choice(
        (
            "What does the {name} show, in {unit}?",
            "Read the {name}. Give the value in {unit}.",
            "Which value in {unit} can be read from the {name}?",
        )
    ).format(name=name, unit=unit)
    answers = whole_numbers(rng, value, trap, (value + worth, (whole + 1) * major, value - worth), f" {unit}")
    right = (
        f"Between two labels there are {marks} spaces for {major}, so a mark is worth {worth}: "
        f"{whole * major} + {extra} x {worth} = {value}."
    )
    wrong = f"It stands {extra} marks after {whole * major}, so it is {whole * major} + {extra} = {trap}."
    draw = _dial if name in {"pressure gauge", "speedometer"} else _column
    return build(rng, question, answers, right, wrong, partial(draw, unit, marks, major, whole * marks + extra))


_MAJORS = 5  # labelled marks from 0


def _dial(unit: str, marks: int, major: int, pointer: int, canvas: Canvas) -> None:
    centre = (160.0, 150.0)
    canvas.disc(centre, 118, "#f4f6f8", INK, 3)
    canvas.box(30, 192, 290, 240, "#ffffff")
    canvas.line([(62, 192), (258, 192)], INK, 3)
    ticks = (_MAJORS - 1) * marks

    def at(tick: float, radius: float) -> Point:
        angle = math.radians(180 + 180 * tick / ticks)
        return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)

    for tick in range(ticks + 1):
        labelled = tick % marks == 0
        canvas.line([at(tick, 90 if labelled else 98), at(tick, 108)], INK, 2 if labelled else 1)
        if labelled:
            canvas.text(at(tick, 74), str(tick // marks * major), INK, 12)
    canvas.line([centre, at(pointer, 100)], RED, 2.5)
    canvas.disc(centre, 6, INK)
    canvas.text((160, 176), unit, MUTED, 12)


def _column(unit: str, marks: int, major: int, pointer: int, canvas: Canvas) -> None:
    top, bottom = 28.0, 212.0
    ticks = (_MAJORS - 1) * marks

    def y(tick: float) -> float:
        return bottom - 8 - (bottom - top - 16) * tick / ticks

    canvas.panel(140, top - 8, 180, bottom + 10, "#ffffff", INK, 8)
    canvas.box(143, y(pointer), 177, bottom + 7, "#d9534f" if unit == "°C" else "#7fb4e0")
    for tick in range(ticks + 1):
        labelled = tick % marks == 0
        canvas.line([(180, y(tick)), (198 if labelled else 190, y(tick))], INK, 2 if labelled else 1)
        if labelled:
            canvas.text((204, y(tick)), str(tick // marks * major), INK, 12, "lm")
    canvas.text((160, 228), unit, MUTED, 12)


FAMILIES = (
    TrapFamily("hidden-shapes", Stream.VISUAL, hidden_shapes),
    TrapFamily("body-side", Stream.VISUAL, body_side),
    TrapFamily("gauge-marks", Stream.VISUAL, gauge_marks),
)
