"""One spelling for characters that mean the same: invisible, full-width, super- and subscript characters, minus signs, quotes,
blanks.
"""

from __future__ import annotations

import re
import unicodedata

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
