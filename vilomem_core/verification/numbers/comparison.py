"""Is this number the gold number? Exact, rounded or within a tolerance, with per cent and units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from vilomem_core.settings.method import Preset
from vilomem_core.types import Case
from vilomem_core.verification.asked import Asked, asked
from vilomem_core.verification.mathematics.tree import TooLarge, Value, approximate, nearly
from vilomem_core.verification.numbers.quantities import Quantity, normalized, quantities
from vilomem_core.verification.numbers.units import Unit, conversion, unit_of_symbol
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.strict import gold_text

IRRATIONAL_TOLERANCE = 1e-9  # relative; doubles of equal roots and multiples of pi agree to about 1e-15
_DECIMAL = re.compile(r"[-+$€£¥(\s]*(?P<whole>[\d,]*)\.(?P<decimals>\d+)(?:e(?P<exponent>[-+]?\d+))?", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"^-?\d+\.(?P<decimals>\d+)\s*(?:\*|×|\\times|\\cdot|·)\s*10\s*\^\s*\{?\s*(?P<exponent>[-+]?\d+)")


@dataclass(frozen=True, slots=True)
class GoldNumber:
    """``half_step`` is half a unit in the last decimal of a rounded gold number (0.005 for 3.14), None for an exact one."""

    quantity: Quantity
    half_step: Fraction | None


def gold_number(answer: str) -> GoldNumber | None:
    """The gold answer as a number; None when it holds none."""
    text = normalized(gold_text(answer))
    found = quantities(text)
    return GoldNumber(found[0], _half_step(text, found[0])) if found else None


def _half_step(text: str, quantity: Quantity) -> Fraction | None:
    written = text[quantity.start : quantity.end]
    found = _SCIENTIFIC.match(written.strip(" $€£¥(")) or (_DECIMAL.match(written) if quantity.kind == "number" else None)
    if found is None:
        return None
    step = Fraction(10) ** (int(found["exponent"] or 0) - len(found["decimals"]))
    return step * quantity.magnitude / 2


@dataclass(frozen=True, slots=True)
class Closeness:
    """What counts as equal: within a relative ``tolerance``; else rounded to the gold number's decimals, of which
    ``half_step`` is half a unit; else rounded to ``decimals``; else exactly."""

    tolerance: float | None
    half_step: Fraction | None
    decimals: int | None

    def equal(self, given: Value, gold: Value, scale: Fraction) -> bool:
        """``scale`` is what the gold number was multiplied with since its decimals were counted."""
        limit = self._limit(gold, scale)
        if isinstance(given, Fraction) and isinstance(gold, Fraction):
            return abs(given - gold) <= limit
        if nearly(given, gold, IRRATIONAL_TOLERANCE):
            return True
        try:
            return abs(approximate(given) - approximate(gold)) <= float(limit)
        except (TooLarge, OverflowError):
            return False

    def _limit(self, gold: Value, scale: Fraction) -> Fraction:
        if self.tolerance is not None:
            size = abs(gold) if isinstance(gold, Fraction) else Fraction(abs(gold))  # a complex double is finite here
            return Fraction(str(self.tolerance)) * size
        if self.half_step is not None:
            return self.half_step * abs(scale)
        return Fraction(0) if self.decimals is None else Fraction(1, 2) / 10**self.decimals


def compare_number(case: Case, extraction: Extraction, rules: Preset) -> Comparison:
    """Compares by the conventions for numbers: exact, rounded to the decimals of the gold number, or within the case's
    tolerance.
    """
    gold = gold_number(case.answer or "")
    if gold is None:
        return Comparison(None, "number", f"the gold answer {case.answer!r} is no number")
    wanted = asked(clean(case.question))
    unit = unit_of_symbol(extraction.unit) if extraction.unit else None
    tolerance = case.tolerance if case.tolerance is not None else rules.tolerance
    close = Closeness(tolerance, gold.half_step, rules.decimals)
    reasons = []
    for form in (extraction.answer or "", *extraction.also):
        given = _given(form)
        if given is None:
            reasons.append(f"{form!r} is no number")
            continue
        verdict = _same(given, unit, gold, wanted, close)
        if verdict.equal is not False:
            return verdict
        reasons.append(verdict.reason)
    return Comparison(False, "number", reasons[0])


def _given(form: str) -> Quantity | None:
    found = quantities(form)
    return found[0] if found and found[0].end == len(form) else None


def _same(given: Quantity, unit: Unit | None, gold: GoldNumber, wanted: Asked, close: Closeness) -> Comparison:
    target = gold.quantity
    if given.number is None or target.number is None:
        if given.number is target.number:
            same = given.form == target.form
            return Comparison(True if same else None, "number", "" if same else "both numbers are too large to compute")
        return Comparison(False, "number", "one of the numbers is too large to compute, the other is not")
    fixed = target.unit or wanted.unit
    factor = _unit_factor(unit, fixed, given.percent)
    if factor is None:
        return Comparison(
            False, "number", f"the unit {unit.symbol if unit else '%'} contradicts {fixed.symbol if fixed else 'none'}"
        )
    for number, against, scale in _readings(given, target, wanted):
        if close.equal(number * factor, against, scale):
            return Comparison(True, "number")
    return Comparison(False, "number", f"{given.form} is not {target.form}")


def _unit_factor(unit: Unit | None, wanted: Unit | None, percent: bool) -> Fraction | None:
    if wanted is None or wanted.dimension in {"percent", "points"}:
        return Fraction(1)
    if percent:
        return None
    return Fraction(1) if unit is None else conversion(unit, wanted)


def _readings(given: Quantity, gold: Quantity, wanted: Asked) -> list[tuple[Value, Value, Fraction]]:
    """The pairs of values under which the two may be equal: number, gold number, and the factor that the gold number was given.

    "25%" is 0.25 where a fraction is asked for; where a percentage is asked for, a bare number is read in per cent.
    """
    if given.number is None or gold.number is None:
        return []
    number, against, one, hundredth = given.number, gold.number, Fraction(1), Fraction(1, 100)
    if wanted.percent:
        return [(number, against, one)]
    if given.percent and gold.percent:
        return [(number, against, one)]
    if given.percent:
        as_fraction = [(number / 100, against, one)]
        return as_fraction if wanted.fraction else [*as_fraction, (number, against, one)]
    if gold.percent:
        as_fraction = [(number, against / 100, hundredth)]
        return as_fraction if wanted.fraction else [(number, against, one), *as_fraction]
    return [(number, against, one)]
