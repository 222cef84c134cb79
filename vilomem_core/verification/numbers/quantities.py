"""Find the quantities in a text: numbers with sign, separators, fractions, powers of ten, roots, per cent, magnitude words and
units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from vilomem_core.verification.mathematics.normal_form import normal_form, plain_number
from vilomem_core.verification.mathematics.parser import parse
from vilomem_core.verification.mathematics.tokens import NotMathematics
from vilomem_core.verification.mathematics.tree import Node, NoValue, TooLarge, Value, value
from vilomem_core.verification.numbers.number_words import with_digits
from vilomem_core.verification.numbers.units import CURRENCY_SIGNS, KNOWN, Unit, unit_at
from vilomem_core.verification.reply.clean import READINGS


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity at ``start:end`` of the text it was found in, its unit included.

    ``form`` is its normal form without unit (per cent sign kept); ``number`` its value, per cent not yet divided by 100, or None
    when it is too large to compute; ``magnitude`` the factor of a word such as "million" that ``number`` already holds; ``kind`` is
    "number", "fraction", "formula" (needs calculating), "range" or "ratio".
    """

    start: int
    end: int
    form: str
    number: Value | None
    percent: bool = False
    unit: Unit | None = None
    magnitude: int = 1
    kind: str = "number"


_START = re.compile(
    r"(?<![A-Za-z0-9_\\.])(?:[-+](?=[\s(]{0,2}(?:[\d.\\√πp$€£¥(]))\s?)?[(]{0,3}[$€£¥₹]?[-+]?(?:\d|\.\d|\\frac"
    r"|\\sqrt|\\pi(?![a-z])|√|π|sqrt\b|pi\b)"
)
_RUN = re.compile(
    r"(?:\\(?:frac|sqrt|times|cdot|div|pi|binom)(?![a-zA-Z])|\d{1,3}(?:,\d{2,3})*,\d{3}(?![\d])(?:\.\d+)?"
    r"|\d+(?:\.\d+)?(?:[eE][-+]?\d{1,4}(?!\w|\.\d))?|\.\d+|sqrt\b|pi\b|x(?=\s?\d)|[-+*/^×·÷√π(){}\[\]!%]"
    r"|°(?![CFcf])"
    r"|[ ](?=[-+*/^×·÷√π(){}\[\]!%\\]|x\s?\d|\d+/\d)|(?<=[-+*/^×·÷({\[x])[ ]|(?<=\\times)[ ]|(?<=\\cdot)[ ]|(?<=\\div)[ ])+"
)
_BEFORE_REMARK = re.compile(r"(?<=\d) (?=\()")  # "25 (85 - 60)" is 25 and how it came about
# what follows makes a number a place in a row (3rd), a name (3D) or a part of a word (5-sided)
_ORDINAL = re.compile(
    r"(?:st|nd|rd|th)\b|-?[dD]\b|[a-zA-Z]{4,}|-(?:year|day|sided|point|digit|fold|way|hour|month|week|inch|foot|story|storey)\b"
)
_MAGNITUDES = {
    "hundred": 100,
    **dict.fromkeys(["thousand", "thousands"], 10**3),
    **dict.fromkeys(["million", "millions", "mn", "mln", "mio"], 10**6),
    **dict.fromkeys(["billion", "billions", "bn"], 10**9),
    "trillion": 10**12,
}
_LETTERS = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9}  # k after any number, the capitals only after a currency
_MAGNITUDE = re.compile(rf"\s*({'|'.join(_MAGNITUDES)})\b|({'|'.join(_LETTERS)})(?![A-Za-z0-9/])")
_PERCENT = re.compile(r"\s*(?:%|percent\b(?! points?)|per cent\b(?! points?)|pct\b)|\s*-percent\b", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"(?<![\d,.(\[{])(\d+),(\d{1,2}|\d{4,})(?![\d,]|\.\d)")
_DOTTED = re.compile(r"(?<![\d,.])(\d{1,3}(?:\.\d{3})+)(,\d{1,2})?(?![\d.])")
_BLANK_GROUPS = re.compile(r"(?<![\d.,/^A-Za-z])\d{1,3}(?: \d{3})+(?![\d]|[.,/]\d| \d)")
_APOSTROPHES = re.compile(r"(?<=\d)'(?=\d{3}(?!\d))")
_INDIAN = re.compile(r"(?<![\d,.])\d{1,2}(?:,\d{2})+,\d{3}(?![\d,])")
_DATE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b")
_RANGE = re.compile(r"\d+(?:\.\d+)?\s?-\s?\d+(?:\.\d+)?")
_RATIO = re.compile(r"(?<![\d:.])(\d+(?:\.\d+)?)(?::|\s:\s)(\d+(?:\.\d+)?)(?![\d:]|\.\d)")
EXPANDED_BELOW = 10**9  # powers of ten up to here are written out
LONGEST_RUN = 200  # characters of one calculation
MAX_FAILED = 60  # beginnings of numbers that turn out to be none; a text with more is noise
MAX_QUANTITIES = 40  # in one stretch; a stretch with more counts something off


@lru_cache(maxsize=READINGS)
def normalized(text: str) -> str:
    """``text`` with number words as digits and one way of writing separators: what ``quantities`` reads."""
    text = re.sub(r"(?<=\d)!+(?=\W*$)", "", with_digits(text))  # an exclamation, no factorial
    text = _DATE.sub(lambda date: re.sub(r"\d", "#", date[0]), text)
    text = _INDIAN.sub(lambda number: number[0].replace(",", ""), _APOSTROPHES.sub("", text))
    text = _BLANK_GROUPS.sub(lambda number: number[0].replace(" ", ""), text)
    text = _DOTTED.sub(_undotted, text)
    return _DECIMAL_COMMA.sub(r"\1.\2", text)


def _undotted(number: re.Match[str]) -> str:
    if number[1].count(".") < 2 and not number[2]:
        return number[0]  # 1.234 is a decimal number
    return number[1].replace(".", "") + (number[2] or "").replace(",", ".")


def quantities(text: str) -> list[Quantity]:
    """All quantities of a normalized text, in order."""
    found: list[Quantity] = []
    position, failed = 0, 0
    while len(found) < MAX_QUANTITIES and failed < MAX_FAILED:
        start = _START.search(text, position)
        if start is None:
            break
        quantity = _ratio_at(text, start.start()) or _quantity_at(text, start.start(), start.end())
        if quantity is None:
            bracket = text.find("(", start.start(), start.end())
            position, failed = bracket + 1 if bracket >= 0 else max(start.end(), start.start() + 1), failed + 1
            continue
        found.append(quantity)
        position = max(quantity.end, start.start() + 1)
    return found


def _ratio_at(text: str, start: int) -> Quantity | None:
    ratio = _RATIO.match(text, start)
    if ratio is None or float(ratio[2]) == 0:
        return None
    form = f"{plain_number(ratio[1])}:{plain_number(ratio[2])}"
    return Quantity(start, ratio.end(), form, Fraction(ratio[1]) / Fraction(ratio[2]), kind="ratio")


def _quantity_at(text: str, start: int, digits: int) -> Quantity | None:
    run_start = start
    sign = ""
    currency = next((char for char in text[start:digits] if char in CURRENCY_SIGNS), "")
    if currency:
        at = text.index(currency, start)
        sign = "-" if "-" in text[start:at] else ""
        run_start = at + 1
    run = _RUN.match(text, run_start)
    if run is None:
        return None
    read = _longest(_BEFORE_REMARK.split(run[0][:LONGEST_RUN], maxsplit=1)[0])
    if read is None:
        return None
    tree, length = read
    end = run_start + length
    if _ORDINAL.match(text, end) and tree.kind == "number":
        return None
    if sign:
        tree = Node("negative", "", (tree,))
    return _with_suffixes(text, start, end, tree, KNOWN.get(currency))


def _longest(run: str) -> tuple[Node, int] | None:
    """The longest beginning of ``run`` that is an expression, and its length."""
    length = len(run.rstrip())
    for _ in range(12):
        part = run[:length].rstrip(" -+*/^×·÷([{x√")
        part = _balanced(part)
        if not re.search(r"[\dπ]|pi", part):
            return None
        try:
            return parse(part.replace("x", "*"), grouping=True), len(part)
        except NotMathematics:
            cut = re.search(r"[\s(\[{)\]}!%+*/^×·÷-][^\s(\[{)\]}!%+*/^×·÷-]*$", part)
            length = cut.start() if cut else 0
            if length <= 0:
                return None
    return None


def _balanced(part: str) -> str:
    """``part`` up to the first bracket that closes nothing; brackets left open are cut off with what follows them."""
    depth, opened = 0, []
    for position, char in enumerate(part):
        if char in "([{":
            opened.append(position)
            depth += 1
        elif char in ")]}":
            if not depth:
                return part[:position].rstrip(" -+*/^×·÷")
            opened.pop()
            depth -= 1
    return part[: opened[0]].rstrip(" -+*/^×·÷") if opened else part


def _with_suffixes(text: str, start: int, end: int, tree: Node, currency: Unit | None) -> Quantity | None:
    degrees = text[start:end].rstrip(" )").endswith("°")
    percent = tree.kind == "call" and tree.text == "percent"
    if percent:
        tree = tree.args[0]
    word = None if percent else _PERCENT.match(text, end)
    if word:
        percent, end = True, word.end()
    magnitude = None if percent else _MAGNITUDE.match(text, end)
    factor = 1
    if magnitude and (magnitude[1] or currency or magnitude[2] == "k"):
        factor, end = (_MAGNITUDES | _LETTERS)[magnitude[1] or magnitude[2]], magnitude.end()
    beside = unit_at(text, end) if not percent else None
    unit, end = beside or (None, end)
    try:
        number: Value | None = value(tree) * factor
    except TooLarge:
        number = None
    except NoValue:
        return None
    form, kind = _form(tree, number, factor)
    if percent and kind == "fraction" and isinstance(number, Fraction):
        form = decimal_text(number)  # 12 1/2 % is 12.5%
    if kind == "formula" and _RANGE.fullmatch(text[start:end].strip()) and not re.match(r"\s*[=≈]", text[end:]):
        kind = "range"
    return Quantity(
        start,
        end,
        form + ("%" if percent else ""),
        number,
        percent,
        currency or unit or (KNOWN["°"] if degrees else None),
        factor,
        kind,
    )


def _form(tree: Node, number: Value | None, factor: int) -> tuple[str, str]:
    inner, sign = (tree.args[0], "-") if tree.kind == "negative" else (tree, "")
    if factor > 1 and isinstance(number, Fraction):
        return str(number) if number.denominator == 1 else decimal_text(number), "number"
    if inner.kind == "number" and "e" not in inner.text.lower():
        return sign + plain_number(inner.text) if plain_number(inner.text) != "0" else "0", "number"
    if isinstance(number, Fraction) and (inner.kind == "number" or _is_scientific(inner)):
        return decimal_text(number), "number"
    if inner.kind == "quotient" and all(part.kind == "number" for part in inner.args):
        return sign + normal_form(inner), "fraction"
    if inner.text == "mixed" and isinstance(number, Fraction):
        return f"{number.numerator}/{number.denominator}", "fraction"
    return normal_form(tree), "formula"


def _is_scientific(node: Node) -> bool:
    if node.kind == "product" and node.args[0].kind == "number":
        node = node.args[1]
    return node.kind == "power" and node.args[0] == Node("number", "10") and node.args[1].kind in {"number", "negative"}


def decimal_text(number: Fraction) -> str:
    """A decimal number as text: written out up to ``EXPANDED_BELOW``, else as 1.6e-19. Other fractions as numerator/denominator."""
    below = number.denominator
    while below % 2 == 0:
        below //= 2
    while below % 5 == 0:
        below //= 5
    if below != 1:
        return f"{number.numerator}/{number.denominator}"
    size = abs(number)
    if size == 0 or Fraction(1, 10**4) <= size < EXPANDED_BELOW or (number.denominator == 1 and size < EXPANDED_BELOW):
        return _written_out(number)
    exponent = (
        len(str(int(size))) - 1
        if size >= 1
        else -(len(str(int(1 / size))) - (1 if (1 / size).denominator == 1 and str(int(1 / size)).strip("0") == "1" else 0))
    )
    return f"{_written_out(number / Fraction(10) ** exponent)}e{exponent}"


def _written_out(number: Fraction) -> str:
    places = 0
    while (number * 10**places).denominator != 1 and places < 400:
        places += 1
    digits = str(abs((number * 10**places).numerator)).rjust(places + 1, "0")
    text = f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else digits
    return ("-" if number < 0 else "") + plain_number(text)
