"""Find the JSON object in a model's reply.

Models wrap JSON in prose and code fences, write LaTeX with single backslashes inside strings, and put braces there too.
"""

from __future__ import annotations

import json
import re
from typing import Any

from vilomem_core.errors import ReplyUnusable

MAX_REPLY_CHARS = 200_000
MAX_BRACES_TRIED = 64  # bounds the work on a reply full of braces
# a backslash that starts no JSON escape is LaTeX: \sqrt, \pi, \(
_NO_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
# \frac, \beta, \times, \rho read as JSON become a control character and the rest of the word
_SWALLOWED = re.compile(r"[\f\b\t\r](?=[a-z])")
_SPELLING = {"\f": "\\f", "\b": "\\b", "\t": "\\t", "\r": "\\r"}


def parse_object(text: str) -> dict[str, Any]:
    """The first JSON object in ``text`` that parses. Raises ``ReplyUnusable`` when there is none."""
    text = text[:MAX_REPLY_CHARS]
    position = text.find("{")
    for _ in range(MAX_BRACES_TRIED):
        if position < 0:
            break
        end = _object_end(text, position)
        found = _parse(text[position:end]) if end else None
        if found is not None:
            return found
        position = text.find("{", position + 1)
    raise ReplyUnusable("the reply holds no JSON object", "It begins: " + " ".join(text[:80].split()))


def _object_end(text: str, start: int) -> int | None:
    """Where the object that opens at ``start`` closes, skipping strings; None when it never does."""
    depth, in_string, position = 0, False, start
    while position < len(text):
        char = text[position]
        if in_string:
            if char == "\\":
                position += 1
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return None


def _parse(text: str) -> dict[str, Any] | None:
    protected = text.replace("\\\\", "\0")
    escaped = _NO_ESCAPE.sub(r"\\\\", protected).replace("\0", "\\\\")
    try:
        found = json.loads(escaped, strict=False)
    except (ValueError, RecursionError):
        return None
    return {key: _spelled(value) for key, value in found.items()} if isinstance(found, dict) else None


def _spelled(value: Any) -> Any:
    """LaTeX commands that JSON escapes have swallowed, put back."""
    return _SWALLOWED.sub(lambda mark: _SPELLING[mark[0]], value) if isinstance(value, str) else value
