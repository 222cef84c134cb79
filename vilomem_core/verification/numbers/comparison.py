"""Is this number the gold number? Exact, rounded or within a tolerance, with per cent and units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from vilomem_core.types import Case
from vilomem_core.verification.asked import Asked, asked
from vilomem_core.verification.mathematics.values import Value, approximate
from vilomem_core.verification.numbers.quantities import Quantity, prepared, quantities
from vilomem_core.verification.numbers.units import Unit, conversion, unit_of_symbol
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.marks import gold_text
from vilomem_core.verification.settings import Preset

IRRATIONAL_TOLERANCE = 1e-9  # relative; doubles of equal roots and multiples of pi agree to about 1e-15
_DECIMAL = re.compile(r"(\d+)\.(\d+)(?:e([-+]?\d+))?$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"^-?\d+\.(\d+)\s*(?:\*|×|\\times|\\cdot|·)\s*10\s*\^\s*\{?\s*([-+]?\d+)")


@dataclass(frozen=True, slots=True)
class GoldNumber:
    """``half_step`` is half a unit in the last decimal of a rounded gold number (0.005 for 3.14), None for an exact one."""

    quantity: Quantity
    half_step: Fraction | None


def gold_number(answer: str) -> GoldNumber | None:
    """The gold answer as a number; None when it holds none."""
    text = prepared(gold_text(answer))
    found = quantities(text)
    if not found:
        return None
    return GoldNumber(found[0], _half_step(text, found[0]))


def _half_step(text: str, quantity: Quantity) -> Fraction | None:
    written = text[quantity.start : quantity.end]
    scientific = _SCIENTIFIC.match(written.strip(" $€£¥("))
    if scientific:
        return Fraction(1, 2) * Fraction(10) ** (int(scientific[2]) - len(scientific[1]))
    digits = re.match(r"[-+$€£¥(\s]*([\d,]*\.\d+(?:e[-+]?\d+)?)", written, re.IGNORECASE)
    plain = (
        _DECIMAL.match(("0" if digits[1].startswith(".") else "") + digits[1].replace(",", ""))
        if digits and quantity.shape == "number"
        else None
    )
    if plain is None:
        return None
    exponent = int(plain[3] or 0)
    return Fraction(1, 2) * Fraction(10) ** (exponent - len(plain[2])) * quantity.magnitude


def compare_number(case: Case, extraction: Extraction, rules: Preset) -> Comparison:
    """Compares by the conventions for numbers: exact, rounded to the decimals of the gold number, or within the case's tolerance."""
    gold = gold_number(case.answer or "")
    if gold is None:
        return Comparison(None, "number", f"the gold answer {case.answer!r} is no number")
    wanted = asked(clean(case.question))
    unit = unit_of_symbol(extraction.unit) if extraction.unit else None
    tolerance = case.tolerance if case.tolerance is not None else rules.tolerance
    close = _Closeness(tolerance, gold.half_step, rules.decimals)
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


@dataclass(frozen=True, slots=True)
class _Closeness:
    tolerance: float | None
    half_step: Fraction | None
    decimals: int | None

    def equal(self, given: Value, gold: Value, scale: Fraction = Fraction(1)) -> bool:
        """``scale`` is what the gold number was multiplied with since its decimals were counted."""
        if isinstance(given, Fraction) and isinstance(gold, Fraction):
            distance = abs(given - gold)
            if self.tolerance is not None:
                return distance <= Fraction(str(self.tolerance)) * abs(gold)
            if self.half_step is not None:
                return distance <= self.half_step * abs(scale)
            if self.decimals is not None:
                return distance <= Fraction(1, 2) / 10**self.decimals
            return distance == 0
        rough, wanted = approximate(given), approximate(gold)
        limit = IRRATIONAL_TOLERANCE * max(abs(wanted), 1e-300)
        if self.tolerance is not None:
            limit = self.tolerance * abs(wanted)
        elif self.half_step is not None:
            limit = float(self.half_step * abs(scale))
        return abs(rough - wanted) <= limit


def _same(given: Quantity, unit: Unit | None, gold: GoldNumber, wanted: Asked, close: _Closeness) -> Comparison:
    target = gold.quantity
    if given.number is None or target.number is None:
        if given.number is target.number:
            same = given.form == target.form
            return Comparison(True if same else None, "number", "" if same else "both numbers are too large to compute")
        return Comparison(False, "number", "one of the numbers is too large to compute, the other is not")
    factor = _unit_factor(unit, target.unit or wanted.unit, given.percent)
    if factor is None:
        return Comparison(
            False, "number", f"the unit {unit.symbol if unit else '%'} contradicts {(target.unit or wanted.unit).symbol}"
        )  # type: ignore[union-attr]
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
