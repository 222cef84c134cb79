"""Units of measure: their spellings, which one stands beside a number or is asked for, and whether two of them fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """``dimension`` names what is measured ("length", "length^2", "length time^-1"); a number times ``factor`` is in the base unit
    of that dimension.
    """

    symbol: str
    dimension: str
    factor: Fraction


# dimension: symbol factor|spelling|spelling …; the factor leads to the base unit of the dimension
_TABLE = """
length: nm 1e-9|nanometer|nanometre; μm 1e-6|um|micron|microns|micrometer|micrometre; mm 1/1000|millimeter|millimetre|毫米
length: cm 1/100|centimeter|centimetre|cms|厘米; dm 1/10|decimeter|decimetre|分米; m 1|meter|metre|米
length: km 1000|kilometer|kilometre|kms|千米|公里; in 0.0254|inch|inches|英寸; ft 0.3048|foot|feet|英尺; yd 0.9144|yard|yards
length: mi 1609.344|mile|miles|英里
mass: μg 1e-9|ug|microgram; mg 1e-6|milligram|毫克; g 1/1000|gram|gm|grams|克; kg 1|kilogram|kilo|kilos|kgs|千克|公斤
mass: t 1000|tonne|tonnes|metric ton|metric tons|吨; lb 0.45359237|lbs|pound-mass; oz 0.028349523125|ounce|ounces
time: ns 1e-9|nanosecond; μs 1e-6|us|microsecond; ms 1/1000|millisecond|毫秒; s 1|sec|secs|second|seconds|秒
time: min 60|mins|minute|minutes|分钟; h 3600|hr|hrs|hour|hours|小时; day 86400|days|天; week 604800|weeks|周
time: month 2629746|months|个月; year 31556952|years|yr|yrs|年
angle: ° 1|degree|degrees|deg|度; rad 572957795130823/10000000000000|radian|radians|弧度
celsius: °C 1|degrees celsius|degree celsius|celsius|centigrade|degrees c|degrees centigrade|deg c|摄氏度
fahrenheit: °F 1|degrees fahrenheit|degree fahrenheit|fahrenheit|degrees f|deg f|华氏度
kelvin: K 1|kelvin|kelvins
volume: mL 1/1000|ml|milliliter|millilitre|毫升; cL 1/100|cl|centiliter|centilitre; dL 1/10|dl; gal 3.785411784|gallon|gallons
volume: L 1|l|liter|litre|liters|litres|升
length time^-1: m/s 1|mps|meters per second|metres per second|meter per second|metre per second|米/秒
length time^-1: km/h 5/18|kph|kmh|kmph|km/hr|kilometers per hour|kilometres per hour|kilometer per hour|公里/小时|千米/时
length time^-1: mph 0.44704|miles per hour|mi/h; cm/s 1/100|centimeters per second|centimetres per second
length time^-2: m/s^2 1|m/s2|meters per second squared|metres per second squared
current: μA 1e-6|uA; mA 1/1000|milliampere|milliamp|milliamps; A 1|ampere|amp|amps|amperes|安培|安
voltage: mV 1/1000|millivolt; V 1|volt|volts|伏特|伏; kV 1000|kilovolt
resistance: Ω 1|ohm|ohms|欧姆|欧|\\Omega; kΩ 1000|kiloohm|kilohm; MΩ 1000000|megaohm|megohm
power: mW 1/1000|milliwatt; W 1|watt|watts|瓦特|瓦; kW 1000|kilowatt|千瓦; MW 1000000|megawatt; hp 745.699872|horsepower
energy: J 1|joule|joules|焦耳|焦; kJ 1000|kilojoule; MJ 1000000|megajoule; kWh 3600000|kilowatt-hour|kilowatt hour
energy: cal 4.184|calorie|calories; kcal 4184|kilocalorie; eV 1.602176634e-19|electronvolt
force: N 1|newton|newtons|牛顿|牛; kN 1000|kilonewton
frequency: Hz 1|hertz|赫兹; kHz 1000|kilohertz; MHz 1000000|megahertz; GHz 1000000000|gigahertz
pressure: Pa 1|pascal|pascals|帕; hPa 100|hectopascal; kPa 1000|kilopascal; MPa 1000000|megapascal; bar 100000
pressure: mbar 100|millibar; atm 101325|atmosphere; psi 6894.757
charge: nC 1e-9|nanocoulomb; μC 1e-6|uC|microcoulomb; mC 1/1000|millicoulomb; C 1|coulomb|coulombs
data: bit 1/8; byte 1; KB 1000|kilobyte; MB 1000000|megabyte; GB 1000000000|gigabyte; TB 1000000000000|terabyte
amount: mmol 1/1000|millimole; mol 1|mole|moles
sound: dB 1|decibel|decibels
percent: % 1|percent|per cent|pct
points: percentage points 1|percentage point|pp|个百分点|percent points
USD: $ 1|usd|dollar|dollars|us dollars|us$|美元; ¢ 1/100|cent|cents
EUR: € 1|eur|euro|euros|欧元
GBP: £ 1|gbp|pound sterling|pounds sterling|英镑; p 1/100|pence|penny
pounds: pounds 1|pound
JPY: ¥ 1|jpy|yen|日元
CNY: RMB 1|cny|yuan|元|人民币
INR: ₹ 1|inr|rupee|rupees|rs|rs.
"""
CURRENCY_SIGNS = "$€£¥₹"


def _units() -> Iterator[tuple[str, Unit]]:
    """Every spelling in the table, with its unit."""
    for line in _TABLE.strip().splitlines():
        dimension, _, entries = line.partition(": ")
        for entry in entries.split("; "):
            first, *names = entry.split("|")
            symbol, _, factor = first.rpartition(" ")
            unit = Unit(symbol, dimension, Fraction(factor))
            yield from ((name, unit) for name in (symbol, *names))


def _spellings() -> dict[str, Unit]:
    known: dict[str, Unit] = {}
    for name, unit in _units():
        known.setdefault(name if len(name) <= 2 else name.lower(), unit)  # MW is not mW
        if len(name) > 4 and name.isascii() and name[-1] not in "sz.ch" and " " not in name:
            known.setdefault(name.lower() + "s", unit)
        if len(name) == 2 and name.isalpha():
            known.setdefault(name.lower(), unit)
    return known


KNOWN = _spellings()


def conversion(given: Unit, wanted: Unit) -> Fraction | None:
    """What a number in ``given`` is multiplied with to be in ``wanted``; None when they measure different things."""
    if given.dimension == wanted.dimension:
        return given.factor / wanted.factor
    if " per " in given.symbol and given.symbol.split(" per ")[0] == wanted.symbol:
        return Fraction(1)  # "15 dollars per hour" where dollars are asked for
    if {given.dimension, wanted.dimension} <= {"angle", "celsius", "fahrenheit"} and "angle" in {given.dimension, wanted.dimension}:
        return Fraction(1)  # "degrees" says nothing about the scale
    if {given.symbol, wanted.symbol} in ({"C", "°C"}, {"pounds", "£"}, {"pounds", "lb"}):
        return Fraction(1)  # one word for two things
    if {given.dimension, wanted.dimension} == {"length^3", "volume"}:
        return (given.factor * (1000 if given.dimension == "length^3" else 1)) / (
            wanted.factor * (1000 if wanted.dimension == "length^3" else 1)
        )
    return None


# --- units in a text ------------------------------------------------------------------------------------------------------------

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
