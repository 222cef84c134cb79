"""Parts of a whole: percentages one after another, draws without putting back, a condition that shrinks the whole."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from random import Random

from vilomem_core.simulation.canvas import BLUE, GREEN, GRID, INK, MUTED, ORANGE, RED, Canvas
from vilomem_core.simulation.exercise import Answers, Exercise, TrapFamily, build, whole_numbers
from vilomem_core.types import AnswerType, Stream

_GOODS = ("jacket", "radio", "bicycle", "lamp", "tent", "guitar")


def percent_steps(rng: Random) -> Exercise:
    """A price that is changed by a percentage twice."""
    thing = rng.choice(_GOODS)
    price = 100 * rng.randint(1, 12)
    first, second = rng.choice((10, 20, 30, 40, 50)), rng.choice((10, 20, 30, 40))
    sign = rng.choice((-1, 1))
    middle = price * (100 + sign * first) // 100
    final = middle * (100 - second) // 100
    trap = price * (100 + sign * first - second) // 100
    verb = "raised" if sign > 0 else "reduced"
    question = rng.choice(
        (
            "The price of the {thing} is {verb} by {a} %, later the new price is reduced by {b} %. What is it then, in euros?",
            "The {thing} costs what the tag says. It is {verb} by {a} %, then falls by {b} %. Find the last price in euros.",
            "What does the {thing} cost in euros after its price has been {verb} by {a} % and after that reduced by {b} %?",
        )
    ).format(thing=thing, verb=verb, a=first, b=second)
    answers = whole_numbers(rng, final, trap, (middle, price, final + 10), " euros")
    right = (
        f"First step: {price} becomes {middle}. The second percentage is of {middle}: {middle} x {100 - second} / 100 = {final}."
    )
    change = sign * first - second
    wrong = f"Together that is a change of {change} %, so the price is {price} x {100 + change} / 100 = {trap}."
    return build(rng, question, answers, right, wrong, partial(_price_tag, thing, price, (sign * first, -second)))


def _price_tag(thing: str, price: int, steps: tuple[int, int], canvas: Canvas) -> None:
    canvas.polygon([(40, 90), (70, 56), (210, 56), (210, 124), (70, 124)], "#fff6d8", INK, 2)
    canvas.disc((64, 90), 6, "#ffffff", INK, 1.5)
    canvas.text((142, 78), thing, MUTED, 13)
    canvas.text((142, 102), f"{price} euros", INK, 18)
    for index, step in enumerate(steps):
        centre = (120.0 + 110 * index, 186.0)
        canvas.disc(centre, 30, RED if step < 0 else GREEN, INK, 1.5)
        canvas.text(centre, f"{step:+d} %", "#ffffff", 14)
    canvas.line([(154, 186), (192, 186)], MUTED, 2)
    canvas.polygon([(192, 180), (202, 186), (192, 192)], MUTED, MUTED)


def no_return(rng: Random) -> Exercise:
    """The probability that two draws without putting back give the same colour asked for."""
    red, blue = rng.randint(2, 6), rng.randint(2, 6)
    total = red + blue
    right, trap = Fraction(red * (red - 1), total * (total - 1)), Fraction(red * red, total * total)
    others = (Fraction(red, total), Fraction(red - 1, total), Fraction(red, total * (total - 1)))
    question = rng.choice(
        (
            "Two balls are drawn from the bag one after the other and kept. What is the probability that both are red?",
            "Someone takes two balls from the bag, without putting the first back. How likely is it that both are red?",
            "The bag holds the balls shown. Two of them are taken out together. Find the probability of two red balls.",
        )
    )
    wrong_ones = tuple(str(value) for value in dict.fromkeys(others) if value not in {right, trap})
    answers = Answers(str(right), str(trap), wrong_ones, AnswerType.CHOICE)
    right_way = f"The second draw is from {total - 1} balls: {red}/{total} x {red - 1}/{total - 1} = {right}."
    wrong_way = f"Each draw gives red with {red}/{total}, so both: {red}/{total} x {red}/{total} = {trap}."
    balls = [RED] * red + [BLUE] * blue
    rng.shuffle(balls)
    return build(rng, question, answers, right_way, wrong_way, partial(_bag, tuple(balls)))


def _bag(balls: tuple[str, ...], canvas: Canvas) -> None:
    canvas.panel(60, 44, 260, 226, "#f3ead9", INK, 34)
    canvas.line([(84, 44), (236, 44)], INK, 4)
    canvas.arc((160, 44), 42, 180, 360, MUTED, 3)
    for index, colour in enumerate(balls):
        row, column = divmod(index, 4)
        x = 96 + 43 * column + (10 if row % 2 else 0) - 5
        canvas.disc((x, 192 - 46 * row), 16, colour, INK, 1.2)


_TABLES = (
    ("pupils", ("year 7", "year 8"), ("by bus", "on foot")),
    ("guests", ("adults", "children"), ("soup", "salad")),
    ("members", ("under 30", "30 and over"), ("swim", "row")),
    ("visitors", ("locals", "tourists"), ("museum", "castle")),
)


def given_that(rng: Random) -> Exercise:
    """A share among those who meet a condition, from a table with two rows and two columns."""
    things, rows, columns = rng.choice(_TABLES)
    cells = tuple(tuple(rng.randint(2, 18) for _ in columns) for _ in rows)
    row, column = rng.randrange(2), rng.randrange(2)
    part = cells[row][column]
    condition = cells[0][column] + cells[1][column]
    right, trap = Fraction(part, condition), Fraction(part, sum(map(sum, cells)))
    others = (Fraction(part, sum(cells[row])), Fraction(condition, sum(map(sum, cells))), 1 - right)
    question = rng.choice(
        (
            "One of the {things} in column '{column}' is picked at random. What is the probability of row '{row}'?",
            "Given that one of the {things} is in the column '{column}', how likely is the row '{row}'?",
            "What fraction of those {things} who are counted under '{column}' belongs to '{row}'?",
        )
    ).format(things=things, column=columns[column], row=rows[row])
    wrong_ones = tuple(str(value) for value in dict.fromkeys(others) if value not in {right, trap})
    answers = Answers(str(right), str(trap), wrong_ones, AnswerType.CHOICE)
    right_way = f"Only the column '{columns[column]}' counts, which holds {condition}: {part} / {condition} = {right}."
    wrong_way = f"{part} of all {sum(map(sum, cells))} {things} are in that cell, so the probability is {trap}."
    return build(rng, question, answers, right_way, wrong_way, partial(_table, things, rows, columns, cells))


def _table(
    things: str, rows: tuple[str, ...], columns: tuple[str, ...], cells: tuple[tuple[int, ...], ...], canvas: Canvas
) -> None:
    canvas.text((24, 34), f"Number of {things}", INK, 14, "lm")
    canvas.box(24, 62, 296, 96, "#e6eef7")
    for index, name in enumerate(columns):
        canvas.text((166 + 88 * index, 79), name, BLUE, 13)
    for line, name in enumerate(rows):
        y = 120 + 46 * line
        canvas.text((34, y), name, ORANGE, 13, "lm")
        for index, value in enumerate(cells[line]):
            canvas.text((166 + 88 * index, y), str(value), INK, 16)
        canvas.line([(24, y + 23), (296, y + 23)], GRID, 1.5)
    canvas.line([(120, 62), (120, 189)], GRID, 1.5)


FAMILIES = (
    TrapFamily("percent-steps", Stream.LOGIC, percent_steps),
    TrapFamily("no-return", Stream.LOGIC, no_return),
    TrapFamily("given-that", Stream.LOGIC, given_that),
)
