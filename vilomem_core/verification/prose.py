"""The answer that prose ends up with: explicit markers first, then decisions, a headline, and the last statement."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.records import Extraction, Reader, Reading
from vilomem_core.verification.reply.clean import content_stem_set
from vilomem_core.verification.reply.marks import marks
from vilomem_core.verification.reply.passages import Passage
from vilomem_core.verification.reply.statements import Segment, Statement
from vilomem_core.verification.reply.wording import CONCLUSION

LOOK_BACK = 3  # an answer may be followed by a remark or two
MOSTLY = 0.6
_REMARK = one_of(
    "remark",
    {
        "this (?:is|can be|was) (?:clear|clearly|evident|obvious|visible|shown|seen|indicated|easy|based|because|due|supported|confirmed"
        "|consistent)": "This is evident from the legend.",
        "that(?:'s| is) (?:clear|because|why)": "That's why.",
        "you can (?:see|tell|clearly)": "You can tell by its leaves.",
        "as (?:you can see|shown|seen|indicated|can be seen)": "As shown above.",
        "the (?:image|picture|photo) (?:clearly )?(?:shows|supports) (?:this|that|it)": "The picture clearly shows this.",
        "hope (?:this|that)": "Hope this helps!",
        "i hope": "I hope it helps!",
        "if you (?:have|need|want)": "If you have questions, ask.",
        "thank(?:s| you)": "Thanks for asking.",
    }
    | plain_rows("the reason|let me know|feel free|please let"),
    before=r"^\W*",
    after=r"\b",
)
_OTHERWISE = re.compile(r"^\W*(?:or (?:maybe|perhaps|possibly|is it|it could|else|even)\b|alternatively\b|或者)", re.IGNORECASE)
_ASIDE = re.compile(r"^\((?=[^()]*[A-Za-z]{2,}\s+[A-Za-z]{2,})[^()]*(?:\([^()]*\)[^()]*)*\)[.!]?$")  # a whole statement in brackets
LONGEST_REMARK = 4  # words; "It is Vega." needs no word of the question
SHORT_REPLY_STATEMENTS = 8  # in a longer reply without conclusion, only its very last statement can be the answer


def in_prose(passage: Passage, reader: Reader) -> Extraction:
    """The answer that the passage ends up with; without one, the reason."""
    if not passage.text:
        return Extraction(None, "none", "the reply says nothing")

    @cache
    def marked(index: int) -> Extraction | None:
        return _first((mark.rule, reader.marked(mark)) for mark in reversed(marks(passage.segments[index])))

    for index in range(len(passage.segments) - 1, -1, -1):
        segment, found = passage.segments[index], marked(index)
        if found is None and not passage.thinking:
            answered_before = any((earlier := marked(place)) and earlier.answer is not None for place in range(index))
            found = _unmarked(passage, segment, reader, answered_before)
        if found is not None:
            return found
        if segment.doubts and not segment.confirms:
            return Extraction(None, "none", "the answer was taken back and nothing was put in its place")
    return Extraction(None, "none", "the reply commits to no answer")


def _unmarked(passage: Passage, segment: Segment, reader: Reader, answered_before: bool) -> Extraction | None:
    """What the segment commits to without a marker. Mere statements do not replace an explicit answer that stands before it."""
    lines = tuple(line for line in segment.statements if not _ASIDE.match(line.text)) or segment.statements
    found = _first(("decision", reader.decision(line)) for line in reversed(lines))
    only = (passage.cut_off or passage.unended) and len(passage.statements) == 1
    if found is None and segment is passage.segments[0] and not only:
        found = _first(("headline", reader.headline(line, lines[1:])) for line in lines[:1])
    if found or (answered_before and not segment.doubts):
        return found
    if passage.unended and not passage.cut_off:
        found = _unended(passage, lines[-1:], reader)
    if passage.cut_off or passage.unended:
        return found or _opening(passage, reader)
    return _closing(passage, lines, reader)


def _unended(passage: Passage, last: tuple[Statement, ...], reader: Reader) -> Extraction | None:
    """A last sentence without a full stop is complete if it says what it concludes, or speaks about most of what was asked."""
    for line in last:
        cues = list(re.finditer(CONCLUSION, line.text, re.IGNORECASE))
        if cues or _restates(line.text, passage.asked):
            return _first([("last-statement", reader.last(replace(line, text=line.text[cues[-1].start() if cues else 0 :])))])
    return None


def _opening(passage: Passage, reader: Reader) -> Extraction | None:
    """A reply that was cut off may have answered in its first statement."""
    first = passage.statements[: 1 if len(passage.statements) > 1 else 0]
    return _first(("opening", reader.opening(line, _restates(line.text, passage.asked))) for line in first)


def _closing(passage: Passage, lines: tuple[Statement, ...], reader: Reader) -> Extraction | None:
    """The last statements, remarks aside; of a long reply only the very last one, and only if it is about what was asked."""
    lines = tuple(line for line in lines if not _REMARK.match(line.text)) or lines
    tail = lines[-LOOK_BACK:]
    if len(passage.statements) > SHORT_REPLY_STATEMENTS:
        tail = tuple(line for line in lines[-1:] if _concludes(line.text, passage.asked))
    if tail and _OTHERWISE.match(tail[-1].text):
        return Extraction(None, "last-statement", "the reply keeps an alternative")
    return _first(("last-statement", reader.last(line)) for line in reversed(tail))


def _restates(text: str, asked: frozenset[str]) -> bool:
    """It speaks about most of what was asked."""
    return len(asked & content_stem_set(text)) >= max(2, MOSTLY * min(len(asked), 5))


def _concludes(text: str, asked: frozenset[str]) -> bool:
    """The last statement of a long reply speaks about what was asked, or sums up; else it is but one more remark."""
    if len(text.split()) <= LONGEST_REMARK or "=" in text or re.search(CONCLUSION, text, re.IGNORECASE) or not text.isascii():
        return True
    return bool(asked & content_stem_set(text))


def _first(readings: Iterable[tuple[str, Reading]]) -> Extraction | None:
    for rule, reading in readings:
        if reading:
            return reading.extraction(rule)
    return None
