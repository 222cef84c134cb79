"""Which option a reply commits to: by letter, which governs, else by text or value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.types import Case
from vilomem_core.verification.choices.asked_negation import AskedNegation, asked_negation
from vilomem_core.verification.choices.cues import reviews
from vilomem_core.verification.choices.letters import LetterReader
from vilomem_core.verification.choices.options import (
    OptionTexts,
    by_text,
    equal_option,
    made_of_letters,
    named_options,
    option_at,
    option_texts,
    spelled_option,
)
from vilomem_core.verification.records import NOTHING, Mark, Reading
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import CONTRAST, is_hypothetical, is_intention, is_question, is_refusal
from vilomem_core.verification.reply.words import content_stems
from vilomem_core.verification.strict import without_boxes

LONGEST = 1500  # characters of one stretch that are read
_NOT = re.compile(r"\W*(?:not|n't|neither)\b", re.IGNORECASE)
_ITEM = re.compile(r"^\d{1,2}[.)]\s+(?=[^\d\s])")  # the number of an item in a list chooses nothing
# "between B and D, B fits best" weighs two letters and chooses behind the comma
_COMPARED = re.compile(
    r"\b(?i:between|of|among|compared (?:to|with)|unlike)\s+(?:(?i:options?|choices?)\s+)?\(?[A-Z]\)?(?:, ?\(?[A-Z]\)?)*,? and \(?[A-Z]\)?, (?=\S)"
)
_BUT = re.compile(r"\bbut\b|;|,\s*(?=it|the)")
_LABELLED = re.compile(r"\b([A-Za-z]{3,})\s+[A-Z]\b(?!\s+[a-z]+ing\b)(?!')")
_CANNOT_TELL = Reading(refused="the reply says that it cannot tell")


@dataclass(frozen=True, slots=True)
class ChoiceReader:
    """Reads the answer of one choice question. ``letters_are_texts``: options are made of letters themselves ("B and C")."""

    options: OptionTexts
    letters: LetterReader
    letters_are_texts: bool
    negation: AskedNegation | None = None

    def marked(self, mark: Mark) -> Reading:
        text = self._usual(without_boxes(mark.payload[:LONGEST]).strip())
        if _NOT.match(text) and equal_option(text, self.options) is None:
            parts = _BUT.split(text, maxsplit=1)
            return self.last(Statement(parts[1].strip(), 0, 0, True)) if len(parts) == 2 else NOTHING
        return (
            self._spelled(text)
            or self.letters.leading(text, strict=False)
            or self._equal(text)
            or self.letters.wrapped(text)
            or by_text(text, self.options, marked=True)
            or (_CANNOT_TELL if is_refusal(text) else self.letters.mentioned(text, marked=True))
        )

    def decision(self, statement: Statement) -> Reading:
        text = self._usual(statement.text[-LONGEST:])
        return NOTHING if is_question(text) or self.letters_are_texts else self.letters.decided(text)

    def headline(self, statement: Statement, following: Sequence[Statement]) -> Reading:
        text = self._usual(statement.text[:LONGEST])
        if (is_question(text) and len(text) > 3) or reviews(statement, following):
            return NOTHING
        if not self.letters_are_texts:
            spelled = self._spelled(text) if statement.alone else NOTHING
            equal = self._equal(text) if statement.alone else NOTHING
            return spelled or self.letters.leading(text, strict=True) or equal
        named = named_options(text, self.options) if statement.alone else []
        if len(named) == 1 and len(text) > 3:
            return option_at(named[0].index, self.options)
        return self.letters.leading(text, strict=True) if statement.alone else NOTHING

    def opening(self, statement: Statement, restates: bool) -> Reading:
        return self.last(statement) if restates else NOTHING

    def last(self, statement: Statement) -> Reading:
        text = self._usual(statement.text[-LONGEST:])
        if is_question(text) or (is_hypothetical(text) and not CONTRAST.search(text)):
            return NOTHING
        item = _ITEM.match(text)
        text = text[item.end() :] if item else text
        if item and ":" in text and equal_option(text.split(":")[0], self.options) is not None:
            return NOTHING  # one of a list of options that are gone through
        by_letter = NOTHING if self.letters_are_texts else self.letters.mentioned(text, marked=False)
        by_words = NOTHING if is_intention(text) else by_text(text, self.options, marked=False)
        return self._equal(text) or by_letter or by_words

    def _usual(self, text: str) -> str:
        text = _COMPARED.sub("", text)
        return self.negation.usual_words(text) if self.negation else text

    def _spelled(self, text: str) -> Reading:
        index = spelled_option(text, self.options) if len(text) > 1 else None
        return NOTHING if index is None else option_at(index, self.options)

    def _equal(self, text: str) -> Reading:
        index = equal_option(text, self.options) if len(text) > 1 else None
        return NOTHING if index is None else option_at(index, self.options)


def choice_reader(case: Case) -> ChoiceReader:
    """The reader for ``case``."""
    question = clean(case.question)
    labelled = frozenset(found[1].casefold() for found in _LABELLED.finditer(question))
    options = option_texts(case.options)
    return ChoiceReader(
        options, LetterReader(options, content_stems(question), labelled), made_of_letters(options), asked_negation(question)
    )
