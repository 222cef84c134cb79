"""The answer key of a JSON object, also of one that is not quite JSON (single quotes, LaTeX backslashes, cut off after the
answer).
"""

from __future__ import annotations

import re

_KEY = re.compile(
    r"[\"'](?:the_?|my_?|correct_?|predicted_?)?(?:final[ _-]?)?(?:answer|prediction|choice|solution|response"
    r"|result|value|option|letter)s?(?:_?(?:letter|value|text|choice|option|label))?[\"']\s*:\s*",
    re.IGNORECASE,
)
_STRONG_KEY = re.compile(r"answer|prediction|choice|final", re.IGNORECASE)
_STRING = re.compile(r"\"((?:[^\"\\]|\\.){0,4000})\"|'((?:[^'\\]|\\.){0,4000})'", re.DOTALL)
_BARE = re.compile(r"[^\s,{}\[\]\"']{1,200}")
_LIST = re.compile(r"\[([^\[\]]{0,2000})\]")
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\/": "/", "\\\\": "\\", "\\'": "'"}
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")


def json_answer(text: str) -> tuple[bool, str | None]:
    """Whether ``text`` holds an object with an answer key, and its value as text; None for null and for an empty value.

    Of several keys the last one wins; a key that says "answer" wins over ``result``, ``value`` and their like.
    """
    if "{" not in text:
        return False, None
    keys = list(_KEY.finditer(text, text.find("{")))
    strong = [key for key in keys if _STRONG_KEY.search(key[0])]
    if not strong and not text.startswith(("{", "[")):
        return False, None  # prose that happens to hold an object with a result in it
    for key in reversed(strong or keys):
        value = _value(text, key.end())
        if value is not None:
            return True, None if value.strip().lower() in {"", "null", "none given", "n/a"} else value
    return False, None


def _value(text: str, start: int) -> str | None:
    """The JSON value at ``start`` as text; None when it is an object (its own keys are looked at) or was cut off."""
    string = _STRING.match(text, start)
    if string:
        return _unescaped(string[1] if string[1] is not None else string[2])
    items = _LIST.match(text, start)
    if items:
        return "[" + ", ".join(_unescaped(part.strip().strip("\"'")) for part in items[1].split(",")) + "]"
    bare = _BARE.match(text, start)
    return None if bare is None else {"true": "yes", "false": "no"}.get(bare[0], bare[0])


def _unescaped(value: str) -> str:
    """Escapes undone, save where a backslash is the beginning of a LaTeX command (``\\frac``, ``\\neq``)."""
    value = _UNICODE.sub(lambda code: chr(int(code[1], 16)), value)
    return re.sub(r"\\\\|\\[\"'/]|\\n(?![a-z])", lambda escape: _ESCAPES[escape[0]], value)
