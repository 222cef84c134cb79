"""The gold number: its value, and how close another number has to come to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from vilomem_core.verification.mathematics.tree import TooLarge, Value, approximate, nearly
from vilomem_core.verification.numbers.quantities import Quantity, prepared, quantities
from vilomem_core.verification.reply.marks import gold_text

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
    text = prepared(gold_text(answer))
    found = quantities(text)
    return GoldNumber(found[0], _half_step(text, found[0])) if found else None


def _half_step(text: str, quantity: Quantity) -> Fraction | None:
    written = text[quantity.start : quantity.end]
    found = _SCIENTIFIC.match(written.strip(" $€£¥(")) or (_DECIMAL.match(written) if quantity.shape == "number" else None)
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
