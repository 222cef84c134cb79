"""Is this expression the gold expression? Mathematical equality; an approximation of an exact value is none."""

from __future__ import annotations

import re

from vilomem_core.types import Case
from vilomem_core.verification.mathematics.algebra import Algebra
from vilomem_core.verification.mathematics.equality import same_tree
from vilomem_core.verification.mathematics.pieces import Piece, pieces
from vilomem_core.verification.mathematics.tree import Node
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.marks import gold_text
from vilomem_core.verification.settings import VerificationSettings

_INTERVAL = re.compile(
    r"\binterval|\bdomain|\brange\b|\bincreas|\bdecreas|\bsolution set|\binequalit|\bfor (?:which|what) (?:values?"
    r"|x)\b|\bvalues of \w\b|\bsolve\b|区间|定义域|值域",
    re.IGNORECASE,
)
_POINT = re.compile(
    r"\bpoint|\bcoordinate|\bvector|\bvertex|\bvertices|\bpair|\bcent(?:er|re)|\bmidpoint|\bintersect|\bfocus|\bimage\b|坐标|向量|顶点",
    re.IGNORECASE,
)


def gold_piece(answer: str) -> Piece | None:
    """The gold answer as mathematics; None where the reader does not know it."""
    found = pieces(gold_text(answer))
    return found[0] if found else None


def same_expression(one: str, other: str) -> bool:
    """Two texts that are nothing but mathematics and equal; False also where it cannot be told."""
    left, right = pieces(clean(one)), pieces(clean(other))
    if len(left) != 1 or len(right) != 1:
        return False
    trees = [_as_point(piece.tree) for piece in (left[0], right[0])]
    return same_tree(trees[0], trees[1], brackets_matter=False) is True


def _as_point(tree: Node) -> Node:
    return Node("group", "()", tree.args) if tree.kind == "group" else tree


def brackets_matter(question: str) -> bool:
    """Whether (a, b) and [a, b] are intervals here."""
    return bool(_INTERVAL.search(question)) or not _POINT.search(question)


def compare_expression(case: Case, extraction: Extraction, settings: VerificationSettings) -> Comparison:
    """Compares by value; what the reader does not know goes to symbolic algebra, whose process is ended at the time limit."""
    answer = extraction.answer or ""
    gold, given = gold_piece(case.answer or ""), gold_piece(answer)
    if gold is not None and given is not None:
        equal = same_tree(given.tree, gold.tree, brackets_matter(case.question))
        if equal is not None:
            return Comparison(equal, "expression", "" if equal else f"{answer} is not {clean(case.answer or '')}")
    if not _worth_algebra(answer) or not _worth_algebra(case.answer or ""):
        return Comparison(
            False, "expression", "the answer is no mathematics" if given is None and not _worth_algebra(answer) else "not equal"
        )
    outcome = Algebra.shared(settings).equivalent(clean(case.answer or ""), answer)
    return Comparison(outcome.equal, "algebra", outcome.reason)


def _worth_algebra(text: str) -> bool:
    return bool(re.search(r"\\[a-zA-Z]|[\d)\]}][-+*/^=]|[∫∑∏√π]|\d", text))
