"""What a reply says: in plain characters and without markup, and as a sequence of words.

Among words case, punctuation, articles and hyphens carry no meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from functools import lru_cache

from vilomem_core.verification.reply.markup import without_markup, without_wrappers
from vilomem_core.words import stem

READINGS = 64  # of each kind; one reply with its options has about twenty texts

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


_INVISIBLE = dict.fromkeys(
    [
        0xAD,
        0x61C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        0xFEFF,
    ]
)
_QUOTES = {ord(mark): '"' for mark in "“”„‟«»″「」『』〝〞"} | {ord(mark): "'" for mark in "‘’‚‛´"}  # the prime ′ is kept: f′
_MINUS = {ord(mark): "-" for mark in "−‐‑‒﹣－"}
_BLANKS = dict.fromkeys([160, 5760, *range(8192, 8203), 8239, 8287, 12288, 11, 28, 29, 30, 31], " ")
_BREAKS = {0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_TABLE = _INVISIBLE | _QUOTES | _MINUS | _BLANKS | _BREAKS | {ord("º"): "°", ord("˚"): "°", ord("⁄"): "/", ord("∕"): "/"}

_SUPERSCRIPTS = {ord(raised): plain for raised, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ", "0123456789+-()n", strict=True)}
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_VULGAR = re.compile("(\\d?)([¼-¾⅐-⅞↉])")
_GROUPED_BY_BLANKS = re.compile("(?<![\\d.,])\\d{1,3}(?:[\\u00a0\\u2009\\u202f]\\d{3})+(?!\\d)")
_FULL_WIDTH_COMMA = re.compile("(?<![0-9０-９])，|，(?![0-9０-９])")
# a minus sign with a blank behind it, where no operand stands before it; a dash only behind what an answer follows
_SPACED_MINUS = re.compile("(?<![\\w)\\]}%°]\\s)(?<![\\w)\\]}%°])[−－]\\s+(?=[\\d.√])|((?:\\bis|[=:])\\s)[−–]\\s(?=\\d)")
_DASH_AS_MINUS = re.compile("(?<![^\\s(\\[{,;:=<>*/^–])–(?=\\d)|(?<=\\d)–(?=\\d)")
_CONTROL = re.compile("[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f]")
# escapes that a JSON or string layer has read as a control character: \frac, \boxed, \times, \text, \right, \rho
_SWALLOWED = re.compile("\f(?=rac|orall)|\b(?=oxed|egin|inom|ar\\b|eta)|\t(?=ext|imes|frac|heta|an\\b|au\\b)|\r(?=ight|ho\\b)")
_SPELLING = {"\f": "\\f", "\b": "\\b", "\t": "\\t", "\r": "\\r"}


def plain_characters(text: str) -> str:
    """``text`` with one spelling a character. Line breaks become LF; blanks of all widths become one kind, their number is kept."""
    text = _SWALLOWED.sub(lambda mark: _SPELLING[mark[0]], text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = _CONTROL.sub(" ", text)
    if text.isascii():
        return text
    text = _GROUPED_BY_BLANKS.sub(lambda number: re.sub("\\D", ",", number[0]), text)
    text = _SPACED_MINUS.sub(r"\1-", text)
    text = text.translate(_TABLE)
    text = _FULL_WIDTH_COMMA.sub(", ", text)
    text = _RAISED.sub(_as_power, text)
    text = _VULGAR.sub(_as_fraction, text)
    text = _DASH_AS_MINUS.sub("-", text)
    return unicodedata.normalize("NFKC", text)


def _as_power(raised: re.Match[str]) -> str:
    plain = raised[0].translate(_SUPERSCRIPTS)
    return f"^{plain}" if len(plain) == 1 else f"^{{{plain}}}"


def _as_fraction(found: re.Match[str]) -> str:
    fraction = unicodedata.normalize("NFKC", found[2]).replace("⁄", "/")
    return f"{found[1]} {fraction}" if found[1] else fraction


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
def normal_words(text: str, articles: bool = False) -> tuple[str, ...]:
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
def content_stem_set(text: str) -> frozenset[str]:
    """The words of ``text`` that carry its matter, without endings."""
    return frozenset(stem(word) for word in normal_words(text) if word not in _FUNCTION_WORDS and len(word) > 1)
