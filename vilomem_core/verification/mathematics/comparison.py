"""Is this expression the gold expression? Compared by exact value, or by value at several points where there are free symbols.

An approximation of an exact value is another value. What cannot be told here goes to symbolic algebra.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from vilomem_core.settings.method import VerificationSettings
from vilomem_core.types import Case
from vilomem_core.verification.mathematics.expressions import Expression, find_expressions
from vilomem_core.verification.mathematics.normal_form import (
    MINUS_INFINITY,
    answer_kind,
    as_kind,
    both_signs,
    normal_form,
    right_side,
)
from vilomem_core.verification.mathematics.symbolic_algebra import SymbolicAlgebra
from vilomem_core.verification.mathematics.tree import (
    INFINITY,
    REALS,
    Node,
    NoValue,
    TooLarge,
    Value,
    approximate,
    free_symbols,
    nearly,
    value,
)
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.strict import gold_text

_INTERVAL = one_of(
    "expression: asks for an interval",
    plain_rows("interval|domain|increas|decreas|solution set|inequalit|solve|range", "the {}")
    | {"for (?:which|what) (?:values?|x)": "for which x", r"values of \w\b": "values of k"},
    before=r"\b",
    unframed=plain_rows("区间|定义域|值域"),
)
_POINT = one_of(
    "expression: asks for a point",
    plain_rows("point|coordinate|vector|pair|midpoint|intersect|focus|image", "the {}")
    | {"vert(?:ex|ices)": "the vertex", "cent(?:er|re)": "the centre"},
    before=r"\b",
    unframed=plain_rows("坐标|向量|顶点"),
)


def gold_expression(answer: str) -> Expression | None:
    """The gold answer as mathematics; None where the reader does not know it."""
    found = find_expressions(gold_text(answer))
    return found[0] if found else None


def same_expression(one: str, other: str) -> bool:
    """Two texts that are nothing but mathematics and equal; False also where it cannot be told."""
    left, right = find_expressions(clean(one)), find_expressions(clean(other))
    if len(left) != 1 or len(right) != 1:
        return False
    trees = [_as_point(expression.tree) for expression in (left[0], right[0])]
    return same_tree(trees[0], trees[1], brackets_matter=False) is True


def _as_point(tree: Node) -> Node:
    return Node("group", "()", tree.args) if tree.kind == "group" else tree


def brackets_matter(question: str) -> bool:
    """Whether (a, b) and [a, b] are intervals here."""
    return bool(_INTERVAL.search(question)) or not _POINT.search(question)


def compare_expression(case: Case, extraction: Extraction, settings: VerificationSettings) -> Comparison:
    """Compares by value; what the reader does not know goes to symbolic algebra, whose process is ended at the time limit."""
    answer = extraction.answer or ""
    gold, given = gold_expression(case.answer or ""), gold_expression(answer)
    if gold is not None and given is not None:
        equal = same_tree(given.tree, gold.tree, brackets_matter(case.question))
        if equal is not None:
            return Comparison(equal, "expression", "" if equal else f"{answer} is not {clean(case.answer or '')}")
    if not _worth_algebra(answer) or not _worth_algebra(case.answer or ""):
        return Comparison(
            False, "expression", "the answer is no mathematics" if given is None and not _worth_algebra(answer) else "not equal"
        )
    outcome = SymbolicAlgebra.shared(settings).equivalent(clean(case.answer or ""), answer)
    return Comparison(outcome.equal, "algebra", outcome.reason)


def _worth_algebra(text: str) -> bool:
    return bool(re.search(r"\\[a-zA-Z]|[\d)\]}][-+*/^=]|[∫∑∏√π]|\d", text))


EVEN = 1e-14  # between a rational number and a double of the same value
TOLERANCE = 1e-9  # relative, between doubles of one value computed in two ways
# Points without special properties, of both signs; two different expressions that agree on all of them do not occur in answers.
_POINTS = [
    Fraction(37, 23),
    Fraction(-29, 17),
    Fraction(59, 13),
    Fraction(11, 31),
    Fraction(-7, 19),
    Fraction(83, 29),
    Fraction(131, 41),
]
_ENOUGH = 3
_POINT_OF = 7


def same_tree(one: Node, other: Node, brackets_matter: bool) -> bool | None:
    """None when it cannot be told. ``brackets_matter``: (a, b) and [a, b] are intervals, not points."""
    if normal_form(one) == normal_form(other):
        return True
    kind = answer_kind(other)
    one, other = as_kind(one, kind), as_kind(other, kind)
    kinds = {one.kind, other.kind}
    if "interval" in {answer_kind(one), kind}:
        return _same_intervals(one, other)
    if kinds & {"set", "choice"}:
        return _same_elements(_elements(one), _elements(other), brackets_matter)
    if "group" in kinds:
        return _same_group(one, other, brackets_matter)
    return _same_equation(one, other) if "relation" in kinds else _same_value(_ratio(one), _ratio(other))


def _elements(tree: Node) -> Sequence[Node]:
    parts = tree.args if tree.kind in {"set", "group", "list"} else (tree,)
    return [sign for part in parts for sign in both_signs(right_side(part))]


def _same_elements(one: Sequence[Node], other: Sequence[Node], brackets_matter: bool) -> bool | None:
    """The same elements in any order; an element written twice counts once."""
    unsure = False
    for left, right in ((one, other), (other, one)):
        for element in left:
            results = [same_tree(element, candidate, brackets_matter) for candidate in right]
            if True not in results:
                if None not in results:
                    return False
                unsure = True
    return None if unsure else True


def _same_group(one: Node, other: Node, brackets_matter: bool) -> bool | None:
    if one.kind != "group" or other.kind != "group" or len(one.args) != len(other.args):
        return False
    if brackets_matter and len(one.args) == 2 and one.text != other.text:
        return False
    return _all(same_tree(left, right, brackets_matter) for left, right in zip(one.args, other.args, strict=True))


def _all(results: Iterable[bool | None]) -> bool | None:
    found = list(results)
    return False if False in found else None if None in found else True


def _ratio(tree: Node) -> Node:
    return Node("quotient", "", tree.args) if tree.kind == "ratio" else tree


# --- values ---------------------------------------------------------------------------------------------------------------------


def _same_value(one: Node, other: Node) -> bool | None:
    symbols = sorted(free_symbols(one) | free_symbols(other))
    if not symbols:
        return _same_constant(one, other)
    agreed = 0
    for shift in range(_POINT_OF):
        at = {name: _POINTS[(shift + 2 * place) % len(_POINTS)] + place for place, name in enumerate(symbols)}
        try:
            left, right = value(one, at), value(other, at)
            if not _close(left, right):
                return False
        except NoValue:
            continue
        agreed += 1
    return True if agreed >= _ENOUGH else None


def _same_constant(one: Node, other: Node) -> bool | None:
    sizes = []
    for tree in (one, other):
        try:
            sizes.append(value(tree))
        except TooLarge:
            continue
        except NoValue:
            return None
    if len(sizes) == 2:
        return _close(sizes[0], sizes[1])
    return None if not sizes else False  # one can be computed, the other is larger than all that can be


def _close(left: Value, right: Value) -> bool:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left == right
    # a rational number beside a root or a multiple of pi is an approximation, however good, unless the root comes out even
    both_rough = not isinstance(left, Fraction) and not isinstance(right, Fraction)
    return nearly(left, right, TOLERANCE if both_rough else EVEN) or _both_vanish(left, right)


def _both_vanish(left: Value, right: Value) -> bool:
    """Zero comes out of roots and angles as some 1e-17."""
    return _vanishes(left) and _vanishes(right)


def _vanishes(value: Value) -> bool:
    return value == 0 if isinstance(value, Fraction) else abs(value) < EVEN


def _same_equation(one: Node, other: Node) -> bool | None:
    """The same right sides where the left side is a mere name; else the same zero set: the differences are proportional."""
    if one.kind != "relation" or other.kind != "relation":
        return same_tree(right_side(one), right_side(other), brackets_matter=False)
    left, right = (Node("difference", "", (tree.args[0], tree.args[-1])) for tree in (one, other))
    symbols = sorted(free_symbols(left) | free_symbols(right))
    ratios: list[complex] = []
    for shift in range(_POINT_OF):
        at = {name: _POINTS[(shift + 2 * place) % len(_POINTS)] + place for place, name in enumerate(symbols)}
        try:
            above, below = approximate(value(left, at)), approximate(value(right, at))
        except NoValue:
            continue
        if abs(below) > 1e-9:
            ratios.append(above / below)
    if len(ratios) < _ENOUGH:
        return None
    return all(abs(ratio - ratios[0]) <= TOLERANCE * max(abs(ratios[0]), 1e-9) for ratio in ratios) and abs(ratios[0]) > 1e-9


# --- intervals ------------------------------------------------------------------------------------------------------------------


def _same_intervals(one: Node, other: Node) -> bool | None:
    left, right = _bounds(one), _bounds(other)
    if left is None or right is None:
        return False if (left is None) != (right is None) else None
    if len(left) != len(right):
        return False
    return all(
        a[1] == b[1] and a[3] == b[3] and _close_ends(a[0], b[0]) and _close_ends(a[2], b[2])
        for a, b in zip(left, right, strict=True)
    )


def _close_ends(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= TOLERANCE * max(abs(one), abs(other), 1e-9)


_Bounds = tuple[float, str, float, str]


def _bounds(tree: Node) -> list[_Bounds] | None:
    """The intervals of a tree, from left to right, as (low, bracket, high, bracket); None when it is no set of intervals."""
    if tree == REALS:
        return [(float("-inf"), "(", float("inf"), ")")]
    if tree.kind == "without":
        return _punctured(tree)
    if tree.kind == "union":
        parts = [_bounds(part) for part in tree.args]
        known = [part for part in parts if part is not None]
        return sorted(known[0] + known[1]) if len(known) == 2 else None
    if tree.kind != "group" or len(tree.args) != 2:
        return None
    low, high = (_end(end) for end in tree.args)
    if low is None or high is None:
        return None
    return [(low, "(" if low == float("-inf") else tree.text[0], high, ")" if high == float("inf") else tree.text[1])]


def _punctured(tree: Node) -> list[_Bounds] | None:
    whole, holes = _bounds(tree.args[0]), [_end(hole) for hole in _elements(tree.args[1])]
    if whole is None or len(whole) != 1 or any(hole is None for hole in holes):
        return None
    low, opening, high, closing = whole[0]
    cuts = sorted(hole for hole in holes if hole is not None)
    starts = [(low, opening), *((cut, "(") for cut in cuts)]
    ends = [*((cut, ")") for cut in cuts), (high, closing)]
    return [(start, left, end, right) for (start, left), (end, right) in zip(starts, ends, strict=True)]


def _end(node: Node) -> float | None:
    if node == INFINITY:
        return float("inf")
    if node == MINUS_INFINITY:
        return float("-inf")
    try:
        number = approximate(value(node))
    except NoValue:
        return None
    return number.real
