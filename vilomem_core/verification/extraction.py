"""Find the final committed answer of a reply. What it is compared with plays no part here, save for the form it has."""

from __future__ import annotations

import re
from dataclasses import replace

from vilomem_core.types import AnswerType, Case
from vilomem_core.verification.choices.answer import choice_reader
from vilomem_core.verification.commitments import Reader, committed
from vilomem_core.verification.mathematics.answer import expression_reader
from vilomem_core.verification.mathematics.comparison import gold_expression
from vilomem_core.verification.numbers.answer import number_reader
from vilomem_core.verification.records import Extraction
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.marks import gold_text
from vilomem_core.verification.reply.passages import passage
from vilomem_core.verification.reply.retractions import segments
from vilomem_core.verification.settings import DEFAULTS, VerificationSettings
from vilomem_core.verification.texts.answer import TextReader
from vilomem_core.verification.texts.lists import enumerated, gold_elements, looks_like_list
from vilomem_core.verification.texts.yes_no import is_yes_no, yes_no_reader


def extract(case: Case, reply: str, settings: VerificationSettings = DEFAULTS) -> Extraction:
    """The answer that ``reply`` commits to, in normal form. Never raises for a text."""
    reader, found = reader_for(case, settings), passage(case, reply)
    if isinstance(reader, TextReader) and reader.count:
        joined = enumerated(found.text, reader.count)
        found = replace(found, text=joined, segments=segments(joined))
    return committed(found, reader)


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
