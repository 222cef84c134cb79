"""What a reply says, without the dress it wears."""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache

from vilomem_core.verification.reply.characters import plain_characters
from vilomem_core.verification.reply.kept import READINGS
from vilomem_core.verification.reply.latex_wrappers import without_wrappers
from vilomem_core.verification.reply.markup import without_markup

# An answer stands at the beginning or, mostly, at the end of a reply; longer replies are loops or padding. Of what lies between
# only the surroundings of the last explicit markers are kept, so that the work on one reply is bounded.
HEAD_CHARS = 8_000
TAIL_CHARS = 16_000
MAX_KEPT_MARKS = 12
BEFORE_MARK, AFTER_MARK = 80, 400  # characters kept around a marker
_MARK = re.compile(r"\\boxed|<answer>|\banswer\s*(?:is\b|:)|答案", re.IGNORECASE)
_BLANK_RUN = re.compile(r"[ \t]+")
_STUTTER = re.compile(r"\b\w{0,12}?([^\W\d_]{2,8}?)\1{9,}\w*")
_LINE_EDGE = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """``text`` in plain characters, without markup and LaTeX wrappers, with single blanks; at most one empty line in a row."""
    return _cleaned(shortened(squeezed(text)))


@lru_cache(maxsize=READINGS)  # of shortened texts, so that no megabytes are kept
def _cleaned(text: str) -> str:
    text = plain_characters(_STUTTER.sub(" ", text))  # words that a looping model never ended ("Sumumumum…") say nothing
    text = without_wrappers(without_markup(shortened(text)))
    text = _BLANK_RUN.sub(" ", text)
    return _EMPTY_LINES.sub("\n\n", _LINE_EDGE.sub("\n", text)).strip()


def squeezed(text: str) -> str:
    """Long runs of one kind of blank made short."""
    return re.sub(r"[ \t]{3,}", "  ", re.sub(r"\n{4,}", "\n\n\n", text))


def shortened(text: str) -> str:
    """The beginning and the end of a text that is too long to be read whole, and its last explicit markers in between."""
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    head, tail = HEAD_CHARS, len(text) - TAIL_CHARS
    places = deque((found.start() for found in _MARK.finditer(text, head, tail)), maxlen=MAX_KEPT_MARKS)
    kept = [text[:head]]
    for start, following in zip(places, [*places, tail][1:], strict=True):
        kept.append(text[max(head, start - BEFORE_MARK) : min(following, start + AFTER_MARK)])
    return "\n\n".join([*kept, text[tail:]])
