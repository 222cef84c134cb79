"""Units of measure in a text: which one stands beside a number, and which one a question fixes."""

from __future__ import annotations

import re
from fractions import Fraction

from vilomem_core.verification.numbers.units import KNOWN, Unit

_POWERS = {"square": 2, "sq": 2, "sq.": 2, "squared": 2, "cubic": 3, "cubed": 3, "平方": 2, "立方": 3}
_NAME = "|".join(sorted(map(re.escape, KNOWN), key=len, reverse=True))
# one unit, with a power before ("square metres") or after it ("m^2", "s^{-1}")
_FACTOR = re.compile(
    rf"(?:(?P<before>(?i:square|sq\.?|cubic)|平方|立方)\s*)?(?P<name>(?i:{_NAME}))"
    r"(?:\s*\^?\s*\{?(?P<power>[23])\}?|\s?\^\s*\{?(?P<below>-[123])\}?|\s+(?P<after>squared|cubed))?(?![A-Za-z0-9])"
)
_GAP = re.compile(r"\s*(?:-\s?)?")
_JOIN = re.compile(r"\s?(?P<over>/)\s?|\s+(?P<per>per)\s+|\s?(?P<times>[·⋅*∙]|\\cdot)\s?|\s")
_UNKNOWN_BELOW = re.compile(r"/\s?[A-Za-z0-9]")
MAX_FACTORS = 4  # kg·m²/(s³·A) has four, and nobody writes more
_ASKS_FOR = re.compile(
    r"(?:\b(?:(?i:in|how many|number of|measured in|expressed in|units?(?: is| are|:)?)|单位(?:是|为"
    r"|:)?)\s+(?:the\s+)?|\(\s*(?:in\s+|unit:?\s*|单位[::]?\s*)?)(?:(?:thousands?|millions?|billions?|bn|mn"
    r"|m)\s+(?:of\s+)?)?(?=\S)"
)
_AFTER_ASKED = re.compile(
    r"\s*(?:[).,?!:;]|$|(?:is|are|was|were|does|do|did|of|on|to|for|at|per|will|can|when|if|after|between|has|have)\b)"
)


def unit_at(text: str, position: int) -> tuple[Unit, int] | None:
    """The unit that stands directly behind ``position``, and where it ends: "cm", "square metres", "g/cm^3", "m·s^{-1}"."""
    gap = _GAP.match(text, position)
    first = _factor_at(text, gap.end() if gap else position)
    if first is None:
        return None
    unit, exponent, end = first
    parts, symbol = [(unit, exponent)], _written(unit, exponent)
    while len(parts) < MAX_FACTORS and (join := _JOIN.match(text, end)):
        following = _factor_at(text, join.end())
        blank = not (join["over"] or join["per"] or join["times"])
        if following is None or (blank and following[1] > 0):
            break
        unit, exponent, end = following
        below = bool(join["over"] or join["per"]) or exponent < 0
        parts.append((unit, -abs(exponent) if below else exponent))
        symbol += (" per " if join["per"] else "/" if below else "·") + _written(unit, abs(exponent))
    if _UNKNOWN_BELOW.match(text, end):
        return None  # per something that is no unit
    return (_product(parts, symbol) if len(parts) > 1 or parts[0][1] != 1 else parts[0][0]), end


def _factor_at(text: str, position: int) -> tuple[Unit, int, int] | None:
    """One unit, its exponent, and where it ends; None also where the spelling is of another case (M is no metre)."""
    found = _FACTOR.match(text, position)
    if found is None:
        return None
    name = found["name"]
    if name == "in" and re.match(r"\s*\w", text[found.end() :]):
        return None  # "5 in the picture"
    unit = KNOWN.get(name) or (KNOWN.get(name.lower()) if len(name) > 1 or not name.isascii() else None)
    if unit is None:
        return None
    word = (found["before"] or found["after"] or "").lower()
    return unit, int(found["power"] or found["below"] or _POWERS.get(word, 1)), found.end()


def _written(unit: Unit, exponent: int) -> str:
    return unit.symbol if exponent == 1 else f"{unit.symbol}^{exponent}"


def _product(parts: list[tuple[Unit, int]], symbol: str) -> Unit:
    """One unit of several: its dimension is written with the exponents of the single ones, a volume as a length to the third."""
    exponents: dict[str, int] = {}
    factor = Fraction(1)
    for unit, exponent in parts:
        dimension, size = ("length^3", unit.factor / 1000) if unit.dimension == "volume" else (unit.dimension, unit.factor)
        factor *= size**exponent
        for one in dimension.split():
            name, _, power = one.partition("^")
            exponents[name] = exponents.get(name, 0) + int(power or 1) * exponent
    kept = sorted((name, power) for name, power in exponents.items() if power)
    return Unit(symbol, " ".join(name if power == 1 else f"{name}^{power}" for name, power in kept), factor)


def asked_unit(question: str) -> Unit | None:
    """The unit that the question asks for: "in cm", "(°C)", "how many minutes"."""
    known = None
    for ask in _ASKS_FOR.finditer(question):
        found = unit_at(question, ask.end())
        if found and _AFTER_ASKED.match(question, found[1]):
            known = found[0]
    return known


def unit_of_symbol(symbol: str) -> Unit | None:
    """The unit of a symbol as ``unit_at`` gives it: "cm", "cm^2", "g/cm^3"."""
    found = unit_at(symbol, 0)
    return KNOWN.get(symbol) or (found[0] if found else None)
