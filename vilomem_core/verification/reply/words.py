"""A text as a sequence of words: case, punctuation, articles and hyphens carry no meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from vilomem_core.words import stem

READINGS = 64  # of each kind; one reply with its options has about twenty texts


def vocabulary(*lines: str) -> frozenset[str]:
    """The words of ``lines``, which are separated by blanks."""
    return frozenset(word for line in lines for word in line.split())


_ARTICLES = frozenset({"a", "an", "the"})
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(
    rf"[{_CJK}]|\d+(?:[.,]\d+)*(?:[a-z%°]+)?|[^\W\d_{_CJK}]+(?:'[a-z]+)?\d*|[%°+<>=≤≥±√πΩ$€£−/*^:-]"
    rf"|[^\w\s.,;!?\"'()\[\]{{}}`´_|\\~·•…。、，；：！？（）【】《》]"
)
_SIGNS_BETWEEN_WORDS = re.compile(
    r"(?<=\w)[-/](?=[^\W\d])|(?<=[^\W\d])[-/](?=\w)|\s[-–—]\s|(?<=\w)[:*](?=\s|$)|^[-:*/<>=]+|(?<=[^\W\d]):"
)
_COMMAND = re.compile(r"\\(?:[,;:! ]|[a-zA-Z]+)|[{}]")
_ABBREVIATION = re.compile(r"\b(?:[a-z]\.){2,}|\b(?:[a-z]\.)+[a-z]\b(?![\w.])", re.IGNORECASE)


@lru_cache(maxsize=READINGS)
def words(text: str, articles: bool = False) -> tuple[str, ...]:
    """The words of ``text`` in lower case. Articles are left out unless ``articles``; U.S.A. is one word, well-known two."""
    text = unicodedata.normalize("NFC", text.casefold())
    text = _ABBREVIATION.sub(lambda short: short[0].replace(".", "") + " ", text)
    if "\\" in text or "{" in text:
        text = _COMMAND.sub(_spelled, text)
    text = _SIGNS_BETWEEN_WORDS.sub(" ", text.strip())
    found = _WORD.findall(text)
    kept = found if articles else [word for word in found if word not in _ARTICLES]
    return tuple(word.replace(",", "") if word[0].isdigit() else word for word in (kept or found))


def _spelled(command: re.Match[str]) -> str:
    return {"\\pi": "π", "\\circ": "°", "\\infty": "∞"}.get(command[0], " " + command[0].strip("\\{},;:! ") + " ")


def plain(text: str) -> str:
    """``text`` in normal form: lower case, single blanks, without leading article, quotes and final punctuation."""
    text = " ".join(text.casefold().split()).strip(" \t.,;:!?\"'`。，；：！？“”()[]{}*_")
    text = _ABBREVIATION.sub(lambda short: short[0].replace(".", ""), text + " ").strip()
    text = re.sub(r"(?<=[^\W\d])-(?=\w)|(?<=\w)-(?=[^\W\d])", " ", text)
    return re.sub(r"^(?:an?|the)\s+(?=\S)", "", text)


_FUNCTION_WORDS = vocabulary(
    "is are was were am be been being do does did can could has have had will would should must may might of in on ",
    "at to for by with from and or as it its this ",
    "that these those there they he she you we i his her their so because since than then what which who whose ",
    "where when how why if not no",
)


@lru_cache(maxsize=READINGS)
def content_stems(text: str) -> frozenset[str]:
    """The words of ``text`` that carry its matter, without endings."""
    return frozenset(stem(word) for word in words(text) if word not in _FUNCTION_WORDS and len(word) > 1)
