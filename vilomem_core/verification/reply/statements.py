"""Cut a text into statements: sentences, and lines where there are no sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.verification.reply.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or line. ``start`` is its place in the text, ``line`` counts from 0; ``alone``: nothing else stands on its
    line.
    """

    text: str
    start: int
    line: int
    alone: bool


_END = re.compile(r"(?<![.!?])[.!?]++[\"')\]]*+(?=\s)|[。！？；]+[\"')\]]*|;(?=\s)(?!\s+[a-zA-Z]\s*=)")
_SAYS_SOMETHING = re.compile(r"\w|[∞∅√π°]")
_LAST_WORD = re.compile(r"([^\s(]+)$")
_ABBREVIATIONS = vocabulary(
    "i.e e.g eg ie etc approx ca cf vs fig figs eq eqs no nr vol mr mrs ms dr prof st mt ft sq al resp incl min ",
    "max dept est jan feb mar ",
    "apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun u.s u.k u.s.a a.m p.m a.k.a ph.d inc ltd co jr sr viz",
)
_LAST_OF_SENTENCE = vocabulary("ft etc no st min max a.m p.m co u.s u.k u.s.a al")
LONGEST_WORD = 40  # characters; bounds how far back a label or an abbreviation is looked for
_LABEL = re.compile(r"[(\[]?(?:[A-Za-z]|\d{1,2}|[ivx]{1,4})$")


def statements(text: str) -> tuple[Statement, ...]:
    """The statements of ``text`` in order, without empty ones.

    A full stop ends a statement only before a blank, and not after an abbreviation or after a label at the beginning ("B. 14 cm").
    """
    found, offset = [], 0
    for number, line in enumerate(text.split("\n")):
        parts = [(start, part) for start, part in _sentences(line) if _SAYS_SOMETHING.search(part)]
        found += [Statement(part, offset + start, number, len(parts) == 1) for start, part in parts]
        offset += len(line) + 1
    return tuple(found)


def _sentences(line: str) -> list[tuple[int, str]]:
    cuts = [0]
    for end in _END.finditer(line):
        if line[end.start()] == ";" and _is_open(line[cuts[-1] : end.start()][-LONGEST_WORD:]):
            continue  # the point (1; 2)
        if line[end.start()] != "." or not _goes_on(line, cuts[-1], end.start(), end.end()):
            cuts.append(end.end())
    pairs = zip(cuts, [*cuts[1:], len(line)], strict=True)
    return [(start + len(line[start:stop]) - len(line[start:stop].lstrip()), line[start:stop].strip()) for start, stop in pairs]


def _is_open(text: str) -> bool:
    return sum(map(text.count, "([")) > sum(map(text.count, ")]"))


def _goes_on(line: str, start: int, stop: int, following: int) -> bool:
    """The full stop at ``stop`` ends no statement: it belongs to an abbreviation, or to a label at the beginning (``start``)."""
    before = line[max(start, stop - LONGEST_WORD) : stop]
    word = _LAST_WORD.search(before)
    if word is None:
        return not before.strip()
    if stop - start <= LONGEST_WORD and before.strip() == word[1] and _LABEL.fullmatch(word[1]):
        return True
    stem = word[1].lower().lstrip("([\"'")
    # "2 ft. The next" ends a statement, "approx. 12" does not
    capital = line[following : following + 3].lstrip()[:1].isupper()
    return stem in _ABBREVIATIONS and not (capital and stem in _LAST_OF_SENTENCE)
