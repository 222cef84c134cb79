"""Which phrase or list a reply commits to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.verification.numbers.quantities import normalized, quantities
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.records import NOTHING, Mark, Reading
from vilomem_core.verification.reply.clean import content_stem_set, normal_words, plain
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import (
    after_contrast,
    is_hypothetical,
    is_intention,
    is_question,
    is_refusal,
    without_adverbial,
)
from vilomem_core.verification.strict import without_boxes
from vilomem_core.verification.texts.comparison import elements, listed_in, written_list
from vilomem_core.verification.texts.sentence import answer_span, is_phrase, without_question_words

LONGEST = 600
SHORT = 4  # words of an answer that stands before its explanation as a sentence of its own
_EXPLANATION = one_of(
    "text: explanation",
    {
        r"\s\(?(?:because|since|given that|due to|based on|according to)\b": "oak because of its leaves",
        r"\s\(?as (?:the|it|there|we|this|shown|indicated|seen|can|stated)\b": "oak as the leaves show",
        ";": "oak; its leaves are lobed",
        r",\s(?:because|since|as|which|where|who|so|given|based|according)\b": "oak, which has lobed leaves",
        r"\s[-–—]\s": "oak - its leaves are lobed",
    },
)
_APPOSITION = re.compile(r",\s(?:the|an?|located|also known as|or)\s+\w+")
_ASKS_PLACE = re.compile(
    r"\b(?:where|(?:which|what)\s+(?:\w+\s+){0,2}?(?:city|town|place|location|village|capital))\b", re.IGNORECASE
)
_PLACED = re.compile(r"\W*(?:in|on|at|with|from|under|behind|near|next|to|by|inside|above|below|after|before)\b", re.IGNORECASE)
_LABELLED = re.compile(r"([A-Za-z][A-Za-z ]{2,40}):\s+(\S.*)$")  # "Brand: Sunny Farm"
_ORDER_IS = re.compile(
    r"^\W*(?:the\s+)?(?:\w+\s+){0,3}(?:order|sequence|ranking|arrangement|list|answer)(?:\s+\w+){0,6}?\s+(?:is|are|would be)\s*:?\s+",
    re.IGNORECASE,
)
_TELLS = re.compile(r"\b(?:is|are|was|were)\b", re.IGNORECASE)
_REGION = re.compile(r",\s[A-Z][\w.]*(?:\s[A-Z][\w.]*){0,2}[.!]?$")  # "Los Angeles, California"
_LIST_LEAD = re.compile(r"^\W*(?:(?:between|from|both|in|on|of|they are|these are|it is|the|first)\s+)+", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]{1,200})\"|(?<![\w])'([^']{1,200})'(?![\w])")
_NOT = re.compile(r"\W*not\b(?!\s(?:a|an)?\s?\w+$)", re.IGNORECASE)
_EITHER = re.compile(r"^\W*either\b.*\bor\b|\bor (?:maybe|perhaps|possibly)\b|\bmaybe\b.*\bor\b", re.IGNORECASE)
_ASKS = one_of(
    "text: model speaks",
    {
        "it(?:'s| is)? not": "It's not readable",
        "there is (?:no|not)": "There is no label",
        "the (?:image|picture|text|question|photo|answer|label|sign|resolution)": "The image is too dark",
    }
    | plain_rows("i|sorry|unfortunately|please|cannot|can't|unable|unclear|unknown|not sure|undetermined|insufficient"),
    before=r"^\W*",
    after=r"\b",
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

    def opening(self, statement: Statement, restates: bool) -> Reading:
        return (
            self.last(statement)
            if restates or (is_phrase(statement.text) and len(normal_words(statement.text)) <= SHORT)
            else NOTHING
        )

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
        apposition = _APPOSITION.search(core) or (_REGION.search(core) if _ASKS_PLACE.search(self.question) else None)
        if apposition and is_phrase(core[: apposition.start()]) and not _PLACED.match(core):
            return _phrase(core[: apposition.start()], core)
        labelled = _LABELLED.match(core)
        if labelled and content_stem_set(labelled[1]) <= content_stem_set(self.question) and is_phrase(labelled[2]):
            return _phrase(labelled[2])
        if is_phrase(core, self.question):
            return _phrase(without_question_words(core, self.question), core)
        told = re.split(r":\s", core)
        if len(told) == 2 and is_phrase(told[1]):
            return _phrase(told[1])
        whole, short = answer_span(core, self.question)
        return _phrase(short, whole)

    def _list(self, text: str) -> Reading:
        dashes = len(re.findall(r"\s[-–—]\s", text))
        core = text if "\n" in text or dashes == self.count - 1 > 0 else _core(text)
        core = sentence = _ORDER_IS.sub("", core)
        if self.numeric:
            forms = [one.form for one in quantities(normalized(core))]
            return Reading(written_list(forms, self.gold)) if forms else NOTHING
        if re.search(r":\s", core):
            core = re.split(r":\s", core)[-1]
        elif not is_phrase(core, self.question) and "\n" not in core and not re.search(r",\s(?:and )?then\b", core):
            core = answer_span(core, self.question, cut=False)[0] or core
        found = list(elements(_LIST_LEAD.sub("", core), self.count))
        each_told = len(_TELLS.findall(sentence)) == self.count
        if (len(found) != self.count or each_told) and self.count > 1:
            found = list(listed_in(sentence, self.question, self.count)) or found
        return Reading(written_list(found, self.gold)) if found else NOTHING


def _phrase(text: str, whole: str = "") -> Reading:
    answer = plain(text)
    return Reading(answer, also=(plain(whole),) if whole and plain(whole) != answer else ()) if answer else NOTHING


def _core(text: str) -> str:
    """``text`` without its explanation."""
    end = _EXPLANATION.search(text)
    return text[: end.start()] if end and normal_words(text[: end.start()]) else text


def _refuses(text: str) -> bool:
    """A refusal is a sentence of the model; "Do not enter" on a sign is none."""
    return is_refusal(text) and (bool(_ASKS.match(text)) or len(normal_words(text)) > 6)
