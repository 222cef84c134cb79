"""Compare an extracted answer with the gold answer by the rules of the answer type."""

from __future__ import annotations

from vilomem_core.types import AnswerType, Case
from vilomem_core.verification.extraction import is_mathematical
from vilomem_core.verification.mathematics.comparison import compare_expression
from vilomem_core.verification.numbers.comparison import compare_number, gold_number
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.reply.marks import gold_text
from vilomem_core.verification.settings import DEFAULTS, VerificationSettings
from vilomem_core.verification.texts.comparison import compare_text


def compare(case: Case, extraction: Extraction, settings: VerificationSettings = DEFAULTS) -> Comparison:
    """Whether ``extraction`` is the gold answer. No answer is not the gold answer; without gold answer nobody can tell."""
    if case.answer is None:
        return Comparison(None, "none", "the case has no gold answer")
    if extraction.answer is None:
        return Comparison(False, "no-answer", extraction.reason)
    if case.answer_type is AnswerType.CHOICE:
        equal = extraction.answer == case.answer_letter
        return Comparison(equal, "choice", "" if equal else f"{extraction.answer} is not {case.answer_letter}")
    if case.answer_type is AnswerType.NUMBER and gold_number(case.answer) is not None:
        return compare_number(case, extraction, settings.rules)
    if case.answer_type is AnswerType.TEXT and (settings.rules.yes_no or not is_mathematical(gold_text(case.answer))):
        return compare_text(case, extraction, settings.rules)
    return compare_expression(case, extraction, settings)
