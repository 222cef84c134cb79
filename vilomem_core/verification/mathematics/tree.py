"""Expression trees and their values: exact where they are rational, else complex doubles. All work is bounded."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    ``kind`` is number, symbol, sum, difference, product, quotient, power, negative, call, choice (±), relation, list, group, set,
    union, ratio or without; ``text`` is the number, the name of a symbol or function, the signs of a relation, or the brackets of
    a group.
    """

    kind: str
    text: str = ""
    args: tuple[Node, ...] = ()


INFINITY = Node("symbol", "oo")
REALS = Node("symbol", "reals")
ONE = Node("number", "1")
ZERO = Node("number", "0")


def negative(node: Node) -> Node:
    return Node("negative", "", (node,))


def call(name: str, *args: Node) -> Node:
    return Node("call", name, args)


def items(node: Node) -> tuple[Node, ...]:
    """The parts of a list; anything else is its own only part."""
    return node.args if node.kind == "list" else (node,)


def free_symbols(node: Node) -> frozenset[str]:
    """Names that stand for no constant."""
    if node.kind == "symbol":
        return frozenset() if node.text in {"pi", "e", "i", "oo", "reals"} else frozenset({node.text})
    return frozenset().union(*(free_symbols(part) for part in node.args)) if node.args else frozenset()


def is_plain_fraction(node: Node) -> bool:
    return node.kind == "quotient" and all(part.kind == "number" and part.text.isdigit() for part in node.args)


# --- values ----------------------------------------------------------------------------------------------------------------------

Value: TypeAlias = "Fraction | complex"

MAX_BITS = 4096  # of numerator or denominator; ten to the 1200: no answer is longer, and arithmetic on it is instant
MAX_FACTORIAL = 300


class NoValue(ValueError):
    """The tree has no value: a free symbol, a division by zero, a function that is not known."""


class TooLarge(NoValue):
    """The value is too large to be computed; it is larger than any number that can be computed here."""


def value(node: Node, symbols: Mapping[str, Fraction] | None = None) -> Value:
    """The value of ``node``, free symbols taken from ``symbols``. Raises ``NoValue`` or ``TooLarge``."""
    if node.kind == "number":
        return _literal(node.text)
    if node.kind == "symbol":
        return _symbol(node.text, symbols or {})
    if node.kind not in _OPERATIONS and node.kind not in {"negative", "call"}:
        raise NoValue(node.kind)
    parts = [value(part, symbols) for part in node.args]
    if node.kind == "negative":
        return -parts[0]
    try:
        result = _called(node.text, parts) if node.kind == "call" else _OPERATIONS[node.kind](parts[0], parts[1])
    except ZeroDivisionError:
        raise NoValue("division by zero") from None
    except OverflowError:
        raise TooLarge(node.kind) from None
    except ValueError as exc:
        raise exc if isinstance(exc, NoValue) else NoValue(node.text) from exc
    return _checked(result)


def _literal(text: str) -> Fraction:
    mantissa, _, exponent = text.lower().partition("e")
    if len(text) > 1200 or (exponent and abs(int(exponent)) > 1200):
        raise TooLarge(text[:20])
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)


def _symbol(name: str, symbols: Mapping[str, Fraction]) -> Value:
    if name in symbols:
        return symbols[name]
    constants: dict[str, complex] = {"pi": complex(math.pi), "e": complex(math.e), "i": 1j}
    if name not in constants:
        raise NoValue(name)
    return constants[name]


def _checked(result: Value) -> Value:
    if isinstance(result, Fraction):
        if max(result.numerator.bit_length(), result.denominator.bit_length()) > MAX_BITS:
            raise TooLarge("number")
        return result
    if not cmath.isfinite(result):
        raise TooLarge("number")
    return result


def approximate(number: Value) -> complex:
    """``number`` as a complex double. Raises ``TooLarge``."""
    try:
        return complex(number)
    except OverflowError:
        raise TooLarge("number") from None


def nearly(one: Value, other: Value, tolerance: float) -> bool:
    """Equal within a relative ``tolerance`` of the larger one. A number beyond all doubles is near none of them."""
    try:
        left, right = approximate(one), approximate(other)
    except TooLarge:
        return one == other
    return abs(left - right) <= tolerance * max(abs(left), abs(right), 1e-300)


def _binary(
    exact: Callable[[Fraction, Fraction], Fraction], rough: Callable[[complex, complex], complex]
) -> Callable[[Value, Value], Value]:
    def operate(left: Value, right: Value) -> Value:
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return exact(left, right)
        return rough(approximate(left), approximate(right))

    return operate


def _power(base: Value, exponent: Value) -> Value:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            return _whole_power(base, exponent.numerator)
        root = _exact_root(base, exponent.denominator)
        if root is not None:
            return _whole_power(root, exponent.numerator)
    rough, index = approximate(base), approximate(exponent)
    if rough == 0:
        return Fraction(0)
    if abs((cmath.log(rough) * index).real) > 690:  # e^709 is the largest double
        raise TooLarge("power")
    return complex(rough**index)


def _whole_power(base: Fraction, exponent: int) -> Fraction:
    if base in {Fraction(0), Fraction(1), Fraction(-1)}:
        return base ** (exponent if exponent <= 2 and exponent >= 0 else 2 + exponent % 2 if base else 1 if exponent > 0 else -1)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) * bits > 2 * MAX_BITS:
        raise TooLarge("power")
    return base**exponent


def _exact_root(base: Fraction, index: int) -> Fraction | None:
    """The rational root, if there is one; only square and cube roots of numbers that are not negative."""
    if base < 0 or index not in {2, 3}:
        return None
    parts = []
    for part in (base.numerator, base.denominator):
        root = math.isqrt(part) if index == 2 else round(part ** (1 / 3)) if part < 10**30 else 0
        if root**index != part:
            return None
        parts.append(root)
    return Fraction(parts[0], parts[1])


_OPERATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "sum": _binary(lambda a, b: a + b, lambda a, b: a + b),
    "difference": _binary(lambda a, b: a - b, lambda a, b: a - b),
    "product": _binary(lambda a, b: a * b, lambda a, b: a * b),
    "quotient": _binary(lambda a, b: a / b, lambda a, b: a / b),
    "power": _power,
}


def _called(name: str, parts: list[Value]) -> Value:
    if name in _ANALYTIC:
        return _ANALYTIC[name](approximate(parts[0]))
    if name in _EXACT:
        return _EXACT[name](parts)
    if name in {"factorial", "binom", "floor", "ceil", "gcd", "lcm", "max", "min"}:
        return _of_rationals(name, parts)
    raise NoValue(name)


def _absolute(number: Value) -> Value:
    return abs(number) if isinstance(number, Fraction) else complex(abs(number))


def _real_root(base: Value, index: Value) -> Value:
    if index == 0:
        raise NoValue("root of index 0")
    if isinstance(base, Fraction) and base < 0 and isinstance(index, Fraction) and index.denominator == 1 and index % 2:
        return -_power(-base, 1 / index)
    return _power(base, 1 / index)


def _logarithm(number: Value, base: Value | None) -> Value:
    if number == 0 or base in {0, 1}:
        raise NoValue("log of 0")
    natural = cmath.log(approximate(number))
    return natural if base is None else natural / cmath.log(approximate(base))


def _of_rationals(name: str, parts: list[Value]) -> Fraction:
    exact = [part for part in parts if isinstance(part, Fraction)]
    if len(exact) != len(parts):
        raise NoValue(name)
    if name in {"max", "min"}:
        return max(exact) if name == "max" else min(exact)
    if name in {"floor", "ceil"}:
        return Fraction(math.floor(exact[0]) if name == "floor" else math.ceil(exact[0]))
    if any(part.denominator != 1 for part in exact):
        raise NoValue(name)
    return Fraction(_of_whole_numbers(name, [part.numerator for part in exact]))


def _of_whole_numbers(name: str, whole: list[int]) -> int:
    if name in {"gcd", "lcm"}:
        return (math.gcd if name == "gcd" else math.lcm)(*whole)
    if min(whole) < 0:
        raise NoValue(name)
    if max(whole) > MAX_FACTORIAL:
        raise TooLarge(name)
    return math.factorial(whole[0]) if name == "factorial" else math.comb(whole[0], whole[1])


_EXACT: dict[str, Callable[[list[Value]], Value]] = {
    "sqrt": lambda parts: _real_root(parts[0], Fraction(2)),
    "cbrt": lambda parts: _real_root(parts[0], Fraction(3)),
    "root": lambda parts: _real_root(parts[0], parts[1]),
    "percent": lambda parts: parts[0] / 100,
    "abs": lambda parts: _absolute(parts[0]),
    "ln": lambda parts: _logarithm(parts[0], None),
    "log10": lambda parts: _logarithm(parts[0], Fraction(10)),
    "log": lambda parts: _logarithm(parts[0], parts[1] if len(parts) > 1 else Fraction(10)),
}
_ANALYTIC: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "asin": cmath.asin, "acos": cmath.acos, "atan": cmath.atan,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh, "tanh": cmath.tanh, "exp": cmath.exp, "cot": lambda x: 1 / cmath.tan(x), "sec": lambda x: 1 / cmath.cos(x),
    "csc": lambda x: 1 / cmath.sin(x),
}  # fmt: skip
