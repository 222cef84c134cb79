"""Which phrase or list a reply commits to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.verification.numbers.quantities import prepared, quantities
from vilomem_core.verification.records import NOTHING, Reading
from vilomem_core.verification.reply.marks import Mark, without_boxes
from vilomem_core.verification.reply.phrases import plain, words
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import (
    after_contrast,
    is_hypothetical,
    is_intention,
    is_question,
    is_refusal,
    without_adverbial,
)
from vilomem_core.verification.texts.lists import elements, written_list
from vilomem_core.verification.texts.sentence import answer_span, is_phrase, without_question_words

LONGEST = 600
_EXPLANATION = re.compile(
    r"\s\(?(?:because|since|given that|as (?:the|it|there|we|this|shown|indicated|seen|can|stated)|due to|based on"
    r"|according to)\b|;|,\s(?:because|since|as|which|where|who|so|given|based|according)\b|\s[-–—]\s",
    re.IGNORECASE,
)
_APPOSITION = re.compile(r",\s(?:the|an?|located|also known as|or)\s+\w+")
_LIST_LEAD = re.compile(r"^\W*(?:(?:between|from|both|in|on|of|they are|these are|it is|the|first)\s+)+", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]{1,200})\"|(?<![\w])'([^']{1,200})'(?![\w])")
_NOT = re.compile(r"\W*not\b(?!\s(?:a|an)?\s?\w+$)", re.IGNORECASE)
_EITHER = re.compile(r"^\W*either\b.*\bor\b|\bor (?:maybe|perhaps|possibly)\b|\bmaybe\b.*\bor\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:i|i'm|sorry|unfortunately|please|cannot|can't|unable|unclear|unknown|not sure|undetermined"
    r"|insufficient|it(?:'s| is)? (?:not|im|un)|there is (?:no|not)|the (?:image|picture|text|question|photo|answer"
    r"|label|sign|resolution))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TextReader:
    """Reads a phrase, or a list where the gold answer ``gold`` is one of ``count`` elements; ``numeric``: its elements are
    numbers.
    """

    question: str
    gold: str
    count: int
    numeric: bool

    def marked(self, mark: Mark) -> Reading:
        text = without_boxes(mark.payload[:LONGEST]).strip()
        text = text if self.count else " ".join(text.split())
        if not text or _NOT.match(text):
            return NOTHING
        if _refuses(text):
            return Reading(refused="the reply says that it cannot tell")
        return self._read(text)

    def decision(self, _statement: Statement) -> Reading:
        return NOTHING  # a text answer is told by its place, not by words of conclusion

    def headline(self, statement: Statement, _following: Sequence[Statement]) -> Reading:
        text = statement.text[:LONGEST]
        short = statement.alone and is_phrase(text, self.question) and not _refuses(text) and not is_intention(text)
        if not short or (is_question(text) and "?" not in self.gold):
            return NOTHING
        return self._read(text)

    def opening(self, statement: Statement) -> Reading:
        return self.last(statement)

    def last(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        if is_question(text) or is_hypothetical(text) or (is_intention(text) and not is_phrase(text, self.question)):
            return NOTHING
        if _refuses(text):
            text = after_contrast(text)
        return self._read(text) if text.strip() else NOTHING

    def _read(self, text: str) -> Reading:
        if _EITHER.search(text):
            return Reading(refused="two alternatives")
        return self._list(text) if self.count else self._one(text)

    def _one(self, text: str) -> Reading:
        quoted = [found[1] or found[2] for found in _QUOTED.finditer(text)]
        if quoted and not is_phrase(text, self.question):
            return _phrase(quoted[-1])
        core = _core(without_adverbial(text))
        apposition = _APPOSITION.search(core)
        if apposition and is_phrase(core[: apposition.start()]):
            return _phrase(core[: apposition.start()], core)
        if is_phrase(core, self.question):
            return _phrase(without_question_words(core, self.question), core)
        told = re.split(r":\s", core)
        if len(told) == 2 and is_phrase(told[1]):
            return _phrase(told[1])
        whole, short = answer_span(core, self.question)
        return _phrase(short, whole)

    def _list(self, text: str) -> Reading:
        core = text if "\n" in text else _core(text)
        if self.numeric:
            forms = [one.form for one in quantities(prepared(core))]
            return Reading(written_list(forms, self.gold)) if forms else NOTHING
        if re.search(r":\s", core):
            core = re.split(r":\s", core)[-1]
        elif not is_phrase(core, self.question) and "\n" not in core:
            core = answer_span(core, self.question, cut=False)[0] or core
        found = list(elements(_LIST_LEAD.sub("", core), self.count))
        return Reading(written_list(found, self.gold)) if found else NOTHING


def _phrase(text: str, whole: str = "") -> Reading:
    answer = plain(text)
    return Reading(answer, also=(plain(whole),) if whole and plain(whole) != answer else ()) if answer else NOTHING


def _core(text: str) -> str:
    """``text`` without its explanation."""
    end = _EXPLANATION.search(text)
    return text[: end.start()] if end and words(text[: end.start()]) else text


def _refuses(text: str) -> bool:
    """A refusal is a sentence of the model; "Do not enter" on a sign is none."""
    return is_refusal(text) and (bool(_ASKS.match(text)) or len(words(text)) > 6)
