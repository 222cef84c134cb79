"""Which option a reply commits to: by letter, which governs, else by text or value.

In questions for what is not so ("which statement is false?", "all are mammals except") "B is false" chooses B, and "A is true" rules
A out. A reply to such a question is put into the usual words before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.types import Case
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
from vilomem_core.verification.reply.clean import clean, content_stem_set, normal_words, vocabulary
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import CONTRAST, is_hypothetical, is_intention, is_question, is_refusal
from vilomem_core.verification.strict import without_boxes
from vilomem_core.words import stem

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
        options, LetterReader(options, content_stem_set(question), labelled), made_of_letters(options), asked_negation(question)
    )


_NOT_WHAT = re.compile(r"(?:\b(?:not|never|cannot)\b|n't\b)((?:\W+\w+){1,6})", re.IGNORECASE)
_EXCEPT = re.compile(r"([^.?!:;]*)\bexcept\b", re.IGNORECASE)
_UNTRUE = r"(?:false|incorrect|wrong|untrue|inaccurate|invalid)"
_TRUE = r"(?:true|accurate|valid)"
_RIGHT = r"(?:correct|right)"
_ASKS_UNTRUE = re.compile(
    rf"\b(?:which|what|identify|select|choose|find|pick|mark)\b[^.?!]*\b(?:{_UNTRUE}|not\s+(?:\w+\s+){{0,2}}(?:{_TRUE}|{_RIGHT}))\b"
    rf"|\b(?:{_TRUE}|{_RIGHT})\b[^.?!]*\bexcept\b",
    re.IGNORECASE,
)
_VERB = r"\b(?:is|are|was|were)\s+(?:(?:also|clearly|therefore|indeed|definitely|simply|both|all)\s+){0,2}"
_NO_ANSWER = r"(?!\s+(?:answer|option|choice|one)s?\b)"
_SAYS_UNTRUE = re.compile(
    rf"{_VERB}(?:{_UNTRUE}|not\s+(?:{_TRUE}|{_RIGHT}))\b{_NO_ANSWER}|\bisn't\s+(?:{_TRUE}|{_RIGHT})\b{_NO_ANSWER}", re.IGNORECASE
)
_SAYS_TRUE = re.compile(rf"{_VERB}{_TRUE}\b{_NO_ANSWER}", re.IGNORECASE)
_SAYS_RIGHT = re.compile(rf"{_VERB}(?:{_TRUE}|{_RIGHT})\b{_NO_ANSWER}", re.IGNORECASE)
_ALONE_IS_NOT = re.compile(
    r"\b(?:(?:is|are|does|do|did|was|were|has|can)\s+not|(?:is|does|do|did|was|has|ca)n't|cannot)\s*[.!]?\s*$", re.IGNORECASE
)
_ALL_BUT = re.compile(
    r"^.*\b(?i:all)\s+(?:(?:of|the|these|other|them|statements|options|choices|ones)\s+){0,3}(?i:but|except(?:\s+for)?)\s+"
    r"(?P<kept>(?:\w+\s+){0,3}?\W?[A-Z])\b.*$"
)
_BUT_NOT = re.compile(
    r",?\s+but\s+(?:it\s+)?(?:(?:does|do|is|are|has|have|did|was)\s+)?not(?:\s+(?:have|show|contain|include))?\b", re.IGNORECASE
)
_ASKED_NOUN = re.compile(r"\b(?:which|what)\s+([a-z]+)", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(?:cannot\b|(?P<verb>is|are|was|were|does|do|did|can|could|has|have|had|will|would|must)(?:\s+not|n't)\b)(?P<rest>(?!\W+(?-i:[A-Z])\b)(?:\W+\w+){1,4})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AskedNegation:
    """``stems``: of what is denied in the question. ``untrue``: a false statement is asked for."""

    stems: frozenset[str]
    untrue: bool

    def usual_words(self, text: str) -> str:
        """``text`` with "B is not so" as "B is so", and where a false statement is asked for, "B is false" as "B is the answer"."""
        text = _BUT_NOT.sub("; the answer is", _ALL_BUT.sub(r"the answer is \g<kept>", text))
        if self.untrue:
            both_said = bool(_SAYS_UNTRUE.search(text) or _ALONE_IS_NOT.search(text))
            text = (_SAYS_RIGHT if both_said else _SAYS_TRUE).sub("is ruled out", text)
            text = _SAYS_UNTRUE.sub("is the answer", text)
        text = _ALONE_IS_NOT.sub("is the answer", text)
        return _DENIES.sub(self._affirmed, text)

    def _affirmed(self, denial: re.Match[str]) -> str:
        asked = any(stem(word) in self.stems for word in re.findall(r"\w+", denial["rest"].casefold()))
        return f"{denial['verb'] or 'can'}{denial['rest']}" if asked else denial[0]


def asked_negation(question: str) -> AskedNegation | None:
    """What ``question``, a cleaned text, asks for the opposite of; None for an ordinary question."""
    untrue = bool(_ASKS_UNTRUE.search(question))
    parts = [found[1] for pattern in (_NOT_WHAT, _EXCEPT) for found in pattern.finditer(question)]
    stems = frozenset().union(*(content_stem_set(part) | {stem(word) for word in normal_words(part)[:1]} for part in parts)) - _WEAK
    if stems:
        stems |= {stem(found[1].casefold()) for found in _ASKED_NOUN.finditer(question)} - _WEAK
    return AskedNegation(stems, untrue) if untrue or stems else None


_WEAK = frozenset(map(stem, vocabulary("following statement option all of is are one a the to be")))
