"""What a reply says, without the dress it wears."""

from __future__ import annotations

import re

from vilomem_core.verification.reply.characters import plain_characters
from vilomem_core.verification.reply.latex_wrappers import without_wrappers
from vilomem_core.verification.reply.markup import without_markup

# An answer stands at the beginning or, mostly, at the end of a reply. Longer replies are loops or padding: what lies between
# is left out,
# which keeps the work on one reply bounded.
HEAD_CHARS = 16_000
TAIL_CHARS = 48_000
_BLANK_RUN = re.compile(r"[ \t]+")
_STUTTER = re.compile(r"\b\w{0,12}?([^\W\d_]{2,8}?)\1{9,}\w*")
_LINE_EDGE = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """``text`` in plain characters, without markup and LaTeX wrappers, with single blanks; at most one empty line in a row."""
    text = plain_characters(shortened(squeezed(text)))
    text = without_wrappers(without_markup(shortened(text)))
    text = _BLANK_RUN.sub(" ", text)
    return _EMPTY_LINES.sub("\n\n", _LINE_EDGE.sub("\n", text)).strip()


def squeezed(text: str) -> str:
    """Long runs of one kind of blank made short, and words that a looping model never ended ("Sumumumum…") left out."""
    return _STUTTER.sub(" ", re.sub(r"[ \t]{3,}", "  ", re.sub(r"\n{4,}", "\n\n\n", text)))


def shortened(text: str) -> str:
    """The beginning and the end of a text that is too long to be read whole."""
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    return f"{text[:HEAD_CHARS]}\n\n{text[-TAIL_CHARS:]}"
