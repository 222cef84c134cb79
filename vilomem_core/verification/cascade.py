"""The verdict on a reply: find its final answer, compare it by rules."""

from __future__ import annotations

import re
from dataclasses import replace

from vilomem_core.settings.method import DEFAULTS, VerificationSettings
from vilomem_core.types import AnswerType, Case, Verdict, VerdictStatus
from vilomem_core.verification.choices.answer import choice_reader
from vilomem_core.verification.mathematics.answer import expression_reader
from vilomem_core.verification.mathematics.comparison import compare_expression, gold_expression
from vilomem_core.verification.numbers.answer import number_reader
from vilomem_core.verification.numbers.comparison import compare_number, gold_number
from vilomem_core.verification.prose import in_prose
from vilomem_core.verification.records import Comparison, Extraction, Reader
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.passages import Passage, answer_part, passage
from vilomem_core.verification.reply.statements import segments
from vilomem_core.verification.strict import gold_text, in_asked_form
from vilomem_core.verification.texts.answer import TextReader
from vilomem_core.verification.texts.comparison import compare_text, enumerated, gold_elements, looks_like_list
from vilomem_core.verification.texts.yes_no import is_yes_no, yes_no_reader


def verify(case: Case, reply: str, settings: VerificationSettings = DEFAULTS) -> Verdict:
    """The verdict of the rules alone. Never raises for a text; what they cannot tell is undetermined."""
    extraction = extract(case, reply, settings)
    return verdict_of(extraction, compare(case, extraction, settings))


def verdict_of(extraction: Extraction, comparison: Comparison) -> Verdict:
    """``method`` names the place where the answer was found and the rule that compared it: ``boxed/number``."""
    status = {True: VerdictStatus.CORRECT, False: VerdictStatus.INCORRECT, None: VerdictStatus.UNDETERMINED}[comparison.equal]
    return Verdict(status, f"{extraction.rule}/{comparison.method}", extraction.answer, comparison.reason)


def extract(case: Case, reply: str, settings: VerificationSettings = DEFAULTS) -> Extraction:
    """The answer that ``reply`` commits to, in normal form. Never raises for a text."""
    reader = reader_for(case, settings)
    said, thinking = answer_part(reply)
    text = clean(said)
    return in_asked_form(text, thinking, reader) or in_prose(_prepared(case, text, thinking, reader), reader)


def _prepared(case: Case, text: str, thinking: bool, reader: Reader) -> Passage:
    found = passage(case, text, thinking)
    if isinstance(reader, TextReader) and reader.count:  # a list may stand in lines
        joined = enumerated(found.text, reader.count)
        found = replace(found, text=joined, segments=segments(joined))
    return found


def reader_for(case: Case, settings: VerificationSettings) -> Reader:
    """The reader that belongs to the answer type, and among texts to the form of the gold answer."""
    if case.answer_type is AnswerType.CHOICE:
        return choice_reader(case)
    if case.answer_type is AnswerType.NUMBER:
        return number_reader(case)
    if case.answer_type is AnswerType.EXPRESSION:
        return expression_reader(case)
    gold = gold_text(case.answer or "")
    question = clean(case.question)
    if settings.rules.yes_no or is_yes_no(gold, question):
        return yes_no_reader(question)
    if is_mathematical(gold):
        return expression_reader(case)
    items = gold_elements(gold) if looks_like_list(gold) else ()
    return TextReader(question, gold, len(items), bool(items) and all(re.fullmatch(r"-?[\d.,]+%?", item) for item in items))


def is_mathematical(gold: str) -> bool:
    """A text that is nothing but mathematics: "(4, 5)", "55/2". Names and bracketed lists of years are none."""
    if (
        not re.search(r"\d", gold)
        or re.search(r"(?<!\\)\b[A-Za-z]{3,}", re.sub(r"\\[a-zA-Z]+|sqrt|pi", "", gold))
        or re.search(r"\d\s*:\s*\d|^\[", gold)
    ):
        return False
    if re.search(r"[A-Z]", re.sub(r"\\[a-zA-Z]+", "", gold)) or (
        re.search(r"[a-z]", gold) and not re.search(r"[-+*/^=<>(\\√π]", gold)
    ):
        return False  # plates, labels and names with digits in them
    piece = gold_expression(gold)
    return piece is not None and len(piece.text) >= len(gold.strip(" .")) - 3


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
