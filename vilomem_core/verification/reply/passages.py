"""A reply made ready for reading: without reasoning, grader talk and echo, cut at retractions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.types import Case
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.echo import without_echo
from vilomem_core.verification.reply.grader_talk import without_grader_talk
from vilomem_core.verification.reply.json_answer import json_answer
from vilomem_core.verification.reply.phrases import content_stems
from vilomem_core.verification.reply.retractions import Segment, segments
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.thinking import answer_part

_PLEASANTRY = re.compile(
    r"^(?:\W*(?:sure(?: thing)?|certainly|of course|absolutely|gladly|happy to help|great question|good question"
    r"|thanks?(?: you)?(?: for [^.!\n]{0,60})?|hello|hi(?: there)?|ok(?:ay)?|alright|no problem"
    r"|here(?:'s| is) (?:my|the) (?:answer|solution|response|reasoning|explanation|result))\b[^.!:\n]{0,40}[.!:,]\s+)+(?=\S)",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^(?:\W*(?:(?:the |my )?(?:answer|solution|response|reply|explanation)|step[- ]by[- ]step solution|解答|解|答案)\W*(?:\n|$))+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """What a reply says as an answer.

    ``explicit_only``: it is reasoning that never closed, so only an explicit marker counts. ``json_found`` with
    ``json_value``: it holds a
    JSON object with an answer key (None: the key is null). ``cut_off``: it ends in the middle of a statement. ``unended``: it
    may, since its last sentence alone has no full stop. ``asked``: the stems of the question's content words.
    """

    text: str
    segments: tuple[Segment, ...]
    explicit_only: bool
    json_found: bool
    json_value: str | None
    cut_off: bool
    unended: bool
    asked: frozenset[str]

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(statement for segment in self.segments for statement in segment.statements)


def passage(case: Case, reply: str) -> Passage:
    """``reply`` made ready for reading. Never raises; an empty text stands for a reply without content."""
    visible, explicit_only = answer_part(reply)
    cleaned = clean(visible)
    json_found, json_value = json_answer(cleaned)
    text = _HEADING.sub("", _PLEASANTRY.sub("", without_echo(without_grader_talk(cleaned), case)))
    return Passage(
        text,
        segments(text),
        explicit_only,
        json_found,
        json_value,
        _is_cut_off(text),
        _is_unended(text),
        content_stems(clean(case.question)),
    )


# words and signs after which something has to follow
_OPEN_SIGN = re.compile(r"(?:[=+*/×÷<>≈,(\[{\\^_-]|:)\s*$")
_UNCLOSED_BOX = re.compile(r"\\boxed\s*\{[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*(?:\{[^{}]*){0,3}$")
LEAST_CUT_WORDS = 5  # a text of fewer words is an answer, whatever its last word is ("Stand by")
_OPEN_END = re.compile(
    r"\b(?:mostly|very|about|approximately|around|roughly|nearly|reads?|says?|shows?|giving|yields?|makes?|called"
    r"|named|the|an?|of|and|or|to|is|are|was|were|be|we|get|gives?|with|in|on|at|by|from|for|that|which|than"
    r"|because|since|so|then|"
    r"therefore|thus|hence|equals?|if|but|as|it|its|this|these|their|has|have|can|will|would|must|should|not|let"
    r"|find|compute|have|i|you)\s*$",
    re.IGNORECASE,
)
_LETTER_END = re.compile(r"^\W*\(?[A-Za-z]\)?\W*$|[\s(][A-Z]$")  # "So A", "1.5 A" are complete
_CLOSED_END = re.compile(r"[.!?。！？…\"')\]}%°$:;|]\s*$")
_PROSE = re.compile(r"[a-z]{2,}(?:\s+\S+){4,}$", re.IGNORECASE)


def _is_cut_off(text: str) -> bool:
    """It ends where no statement ends: after "the", after "=", inside a box."""
    last = text.rsplit("\n", 1)[-1][-400:]
    if not last.strip():
        return False
    if _UNCLOSED_BOX.search(text) or _OPEN_SIGN.search(last):
        return True
    return bool(_OPEN_END.search(last)) and not _LETTER_END.search(last) and len(last.split()) >= LEAST_CUT_WORDS


def _is_unended(text: str) -> bool:
    """It ends in prose without a full stop, while the other sentences have theirs."""
    last = text.rsplit("\n", 1)[-1][-400:]
    sentence = re.split(r"(?<=[.!?。])\s+", last)[-1]
    earlier_stop = bool(re.search(r"[.!?。](?:\s|$)", text[: len(text) - len(sentence)]))
    return earlier_stop and not _CLOSED_END.search(last) and bool(_PROSE.search(sentence))
