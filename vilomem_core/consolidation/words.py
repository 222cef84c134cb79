"""Words and their stems: what lexical comparison sees of a text."""

from __future__ import annotations

import re
from functools import lru_cache

from vilomem_core.gate.text import word_set

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
# signs that are words of a rule, and the typographic apostrophe
_SPELLED = str.maketrans(
    {"’": "'", "√": " root ", "²": " squared ", "³": " cubed ", "≤": " at most ", "≥": " at least ", "⊥": " perpendicular "}
)
NEGATIONS = word_set("not no never without neither nor none instead rather avoid cannot undo")
_STOP = word_set(
    """
    a an the of to in on at by for and or but is are be been was were it its this that these those with as from which who whom whose
    than then so if when where whenever does do did has have had into any can could must should would will may might shall before
    after because since while only each all both there their they them he she his her you your we our i my me one ones other also
    such very more most much many some few own just even still too up out off about over under again once per via how what why
    """
)
# longest first, so that "ations" goes before "s"
_ENDINGS = """
    izations ization ations ation ments ment ingly edly ities ity ness ings ing
    ions ion ies ied ed es ers er ally al ly ous ive s
"""
_SUFFIXES = tuple(_ENDINGS.split())
_WHOLE = ("ss", "ply")  # no endings: mass, multiply
MIN_STEM = 3


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A crude English stem: one ending off, one doubled consonant undone, a final e or y dropped."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= MIN_STEM and not word.endswith(_WHOLE):
            word = word[: -len(suffix)]
            break
    if len(word) > MIN_STEM and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if len(word) > MIN_STEM and word[-1] in "ey" else word


def tokens(text: str) -> list[str]:
    """Words and numbers in lower case, hyphens read as spaces, in order. ``don't`` reads as ``not``."""
    found = _TOKEN.findall(text.translate(_SPELLED).casefold())
    return ["not" if word.endswith("n't") else word.removesuffix("'s") for word in found]


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order; numbers and single letters are left out."""
    return [
        stem(word) for word in tokens(text) if len(word) > 1 and word[0].isalpha() and word not in _STOP and word not in NEGATIONS
    ]
