"""Which expression a reply commits to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.types import Case
from vilomem_core.verification.mathematics.comparison import gold_expression
from vilomem_core.verification.mathematics.expressions import Expression, find_expressions
from vilomem_core.verification.mathematics.normal_form import answer_kind, as_kind, normal_form, right_side
from vilomem_core.verification.mathematics.tree import Node, free_symbols
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.records import NOTHING, Mark, Reading
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import CONCLUSION, after_contrast, is_hypothetical, is_question, is_refusal
from vilomem_core.verification.strict import without_boxes

LONGEST = 1500
MAX_CUTS = 8  # words of conclusion in one stretch that are looked behind, from the last one on
_UNIT_LETTERS = frozenset("msgNJVAKWLCh")
_LATEX = re.compile(r"\\[a-zA-Z]+")
_BIG_OPERATOR = re.compile(r"\\(?:int|iint|oint|sum|prod|lim)(?![a-z])")
_ALTERNATIVES = one_of(
    "expression: alternatives",
    plain_rows("maybe|perhaps|or possibly") | {r"either\b.*\bor": "either 2 or 3"},
    before=r"\b",
    after=r"\b",
)
_CUT = one_of(
    "expression: conclusion",
    plain_rows("namely|in other words|giving|or equivalently", "{} 12")
    | {
        r"i\.e\.,?": "i.e. 12",
        "that is,?": "that is, 12",
        "which (?:is|gives|equals|simplifies to)": "which gives 12",
        "simplif(?:ies|ied) to": "simplifies to 12",
    },
    before=r"\b",
    after=r"(?!\w)(?!\s*(?:about|approx|roughly|around|≈))",
    unframed={CONCLUSION: "so 12"},
)
_UNFINISHED = re.compile(r"\\(?:boxed|fbox)\s*\{|[=+*/^(\[{-]\s*$")


@dataclass(frozen=True, slots=True)
class ExpressionReader:
    """Reads the answer of one expression question. ``wanted`` is the kind of the gold answer; ``symbols`` are the names in it."""

    wanted: str
    symbols: frozenset[str]

    def marked(self, mark: Mark) -> Reading:
        text = without_boxes(mark.payload[:LONGEST])
        if re.match(r"\W*(?:not|n't|neither)\b", text):
            return NOTHING
        found = self._read(text, marked=True)
        if found:
            return found
        if is_refusal(text):
            return Reading(refused="the reply says that it cannot tell")
        if mark.rule in {"boxed", "answer-tag", "json"} and not _UNFINISHED.search(text):
            return Reading(" ".join(text.split())) if text.strip() else NOTHING
        return Reading(text.strip(" .")) if _LATEX.search(text) and not _UNFINISHED.search(text) else NOTHING

    def decision(self, _statement: Statement) -> Reading:
        return NOTHING  # steps of a derivation decide nothing; its last statement does

    def headline(self, statement: Statement, _following: Sequence[Statement]) -> Reading:
        text = statement.text
        bare = statement.alone and len(text) <= 120 and not re.search(r"(?<!begin\{)(?<!end\{)(?<!\\)\b[A-Za-z]{4,}\b", text)
        if bare and not find_expressions(text) and _BIG_OPERATOR.search(text):
            return Reading(" ".join(text.split()))
        return self._read(text, marked=True) if bare and len(find_expressions(text)) == 1 else NOTHING

    def opening(self, _statement: Statement, _restates: bool) -> Reading:
        return NOTHING  # a number or term that comes first may be a step on the way

    def last(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        if is_question(text) or is_hypothetical(text) or _UNFINISHED.search(text):
            return NOTHING
        if is_refusal(text):
            text = after_contrast(text)
        ends = [cut.end() for cut in _CUT.finditer(text)][: -MAX_CUTS - 1 : -1]
        cut = next((end for end in ends if find_expressions(text[end:])), None)
        return (NOTHING if cut is None else self._read(text[cut:], marked=True)) or self._read(text, marked=False)

    def _read(self, text: str, marked: bool) -> Reading:
        found = find_expressions(text)
        fitting = [expression for expression in found if self._fits(expression)] or found
        if not fitting:
            return NOTHING
        if self.wanted not in {"set", "interval"} and _ALTERNATIVES.search(text):
            return Reading(refused="two alternatives")
        chosen = fitting[0] if marked else fitting[-1]
        also = (chosen.rounded,) if chosen.rounded else ()
        return Reading(normal_form(self._normal(chosen)), also=also)

    def _fits(self, expression: Expression) -> bool:
        kind = answer_kind(as_kind(expression.tree, self.wanted))
        return kind == self.wanted or {kind, self.wanted} == {"tuple", "interval"}

    def _normal(self, expression: Expression) -> Node:
        tree = expression.tree
        if self.wanted != "equation":
            tree = as_kind(tree, self.wanted)
            tree = tree if tree.kind == "relation" and answer_kind(tree) == "interval" else right_side(tree)
        elif tree.kind == "relation" and len(tree.args) > 2:
            tree = Node("relation", "=", (tree.args[0], tree.args[-1]))
        return self._without_unit(tree)

    def _without_unit(self, tree: Node) -> Node:
        """``6*sqrt(3)*m`` where the gold answer has no m in it is a length in metres."""
        if tree.kind == "product" and tree.args[1].kind == "symbol" and tree.args[1].text in _UNIT_LETTERS - self.symbols:
            return tree.args[0] if not free_symbols(tree.args[0]) else tree
        return tree


def expression_reader(case: Case) -> ExpressionReader:
    """The reader for ``case``."""
    gold = gold_expression(case.answer or "")
    if gold is None:
        return ExpressionReader("value", frozenset())
    return ExpressionReader(answer_kind(gold.tree), free_symbols(gold.tree))
