"""Markup and code: a rule is plain sentences; mathematics, LaTeX included, is plain."""

from __future__ import annotations

import re

from vilomem_core.gate.text import one_line

_HTML_NAMES = (
    "a|article|audio|b|base|blockquote|body|br|button|canvas|center|code|data|details|div|em|embed|fieldset|font|footer|form|frame|"
    "h[1-6]|head|header|hr|html|i|iframe|img|input|kbd|label|li|link|main|mark|meta|nav|object|ol|option|p|param|picture|pre|script|"
    "section|select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|th|thead|title|tr|tt|u|ul|video"
)
# (what is named in the reason, pattern)
_MARKUP: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a code fence", one_line(r"```|~~~")),
    # a < b > c is mathematics: a tag is a known name, a closing tag, or a name with an attribute
    ("an HTML tag", one_line(rf"<\s*(?:{_HTML_NAMES})(?:\s[^<>]*)?/?>", re.I)),
    ("a closing tag", one_line(r"</\s*[a-z][\w:-]*\s*>|<!--|<!doctype|<\?[a-z]", re.I)),
    ("a tag with attributes", one_line(r"<[a-z][\w:-]*\s+[\w:-]+\s*=\s*[\"'][^<>]*>", re.I)),
    ("a Markdown heading", one_line(r"^\s{0,3}#{1,6}\s+\S", re.M)),
    ("a Markdown list", one_line(r"""^\s*(?:[-*+•]|\d{1,2}[.)])\s+\S[^\n]*\n(?:[^\n]*\n)*?\s*(?:[-*+•]|\d{1,2}[.)])\s+\S""", re.M)),
    ("a Markdown table", one_line(r"^\s*\|.*\|.*\|\s*$", re.M)),
    ("Markdown emphasis", one_line(r"\*\*(?=[^\W_])[^*\n]+\*\*|(?<!\w)__(?=[^\W_])[^_\n]+__(?!\w)")),
    ("a link or an image", one_line(r"!?\[[^\]\n]*\]\([^)\s]+\)|\bhttps?://|\bwww\.\w")),
    ("a code span", one_line(r"`[^`\n]+`")),
    (
        "program code",
        one_line(r"^\s*(?:def|class)\s+\w+\s*[(:]|^\s*(?:from\s+[\w.]+\s+)?import\s+[\w.]+\s*$|^\s*#include\b", re.M),
    ),
    (
        "program code",
        one_line(r"\b(?:console\.log|print|printf|println|eval|exec|system)\s*\(|=>\s*\{|\bfunction\s*\w*\s*\(|\blambda\s+\w+\s*:"),
    ),
    (
        "program code",
        one_line(
            r"""\b(?:let|const|var|int|float|return|for|while|if)\b[^\n.]*[;{]\s*(?:$|\}|\n)|[\w\])]\s*(?:\+\+|==|!=
                |&&|\|\|)\s*[\w(;]"""
        ),
    ),
    ("a program's name for a thing", one_line(r"\b[a-z]+_[a-z]+_[a-z_]+\b")),
    (
        "a database or shell command",
        one_line(r"\bSELECT\b.+\bFROM\b|\bDROP\s+TABLE\b|\bINSERT\s+INTO\b|\brm\s+-rf?\b|\bsudo\s+\w|\bcurl\s+-?\w+"),
    ),
    ("a JSON object", one_line(r"\{\s*\"[^\"\n]+\"\s*:")),
)


def markup(text: str) -> str:
    """The objection to ``text``, or an empty string."""
    for name, pattern in _MARKUP:
        found = pattern.search(text)
        if found:
            return f"it holds {name}: {_excerpt(found[0])}"
    return ""


def _excerpt(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 40 else shown[:39] + "…"
