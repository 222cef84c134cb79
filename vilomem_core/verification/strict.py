r"""Answers in the forms that prompts ask for: a JSON answer key; a last line such as "Final answer: \boxed{12}", "Answer: B" or
``<answer>12</answer>``; a reply that is nothing but a letter or a value.

Nothing here reads prose. What does not have one of these forms is left to ``prose``.
"""

from __future__ import annotations

import re

from vilomem_core.verification.records import Extraction, Mark, Reader, Reading
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.grader_talk import without_grader_talk
from vilomem_core.verification.reply.statements import CUE, Statement, statements

LONGEST_PAYLOAD = 4000
MAX_MARKS = 40  # of a loop of markers the last ones count
_HEAD = r"\W*(?:(?:the\s+)?(?:final\s+)?answer\s*:\s*)"
_LINES = (
    (
        re.compile(rf"{_HEAD}?\W{{0,3}}\\boxed\{{(?P<said>(?:[^{{}}]|\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}})*)\}}\W*", re.IGNORECASE),
        "boxed",
    ),
    (re.compile(r"\W*<answer>(?P<said>[^<>]+)</answer>\W*", re.IGNORECASE), "answer-tag"),
    (re.compile(rf"{_HEAD}(?P<said>\S.*)", re.IGNORECASE), "answer-line"),
)
_MORE = re.compile(r"answer|\\boxed|</", re.IGNORECASE)  # a form within a form
_BARE = re.compile(r"[(\[]?(?:[A-Za-z]|[-+]?[$€£]?\d[\d.,/]*\s?%?)[)\].]*")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*")
_TAGGED = re.compile(
    r"<\s*(?:final_?)?answer\s*>(.{0,2000}?)(?:<\s*/\s*(?:final_?)?answer\s*>|\Z|(?=<\s*(?:final_?)?answer\s*>))",
    re.IGNORECASE | re.DOTALL,
)


def in_asked_form(text: str, thinking: bool, reader: Reader) -> Extraction | None:
    """The answer of ``text``, a cleaned reply, if it has a form that is asked for; ``thinking``: it is reasoning that never closed."""
    found, value = json_answer(text)
    if found:
        return _from_json(value, reader)
    if not thinking and _BARE.fullmatch(text):
        return _read(reader.headline(Statement(text, 0, 0, alone=True), ()), "headline")
    mark = last_line(text)
    return None if mark is None else _read(reader.marked(mark), mark.rule)


def last_line(text: str) -> Mark | None:
    """What the last line of ``text`` gives as the answer; None where the line says anything else, or takes something back."""
    start = text.rfind("\n") + 1
    line = text[start:]
    for form, rule in _LINES:
        found = form.fullmatch(line)
        if found and found["said"].strip():
            more = _MORE.search(found["said"]) or CUE.search(found["said"]) or without_grader_talk(line) != line
            return None if more or len(statements(line)) > 1 else Mark(found["said"].strip(), rule, "", start)
    return None


def _from_json(value: str | None, reader: Reader) -> Extraction:
    if value is None:
        return Extraction(None, "json", "the answer key is null")
    return _read(reader.marked(Mark(value, "json", "", 0)), "json") or Extraction(
        None, "json", "the answer key holds no answer of this type"
    )


def _read(reading: Reading, rule: str) -> Extraction | None:
    return reading.extraction(rule) if reading else None


_KEY = re.compile(
    r"[\"'](?:the_?|my_?|correct_?|predicted_?)?(?:final[ _-]?)?(?:answer|prediction|choice|solution|response"
    r"|result|value|option|letter)s?(?:_?(?:letter|value|text|choice|option|label))?[\"']\s*:\s*",
    re.IGNORECASE,
)
_STRONG_KEY = re.compile(r"answer|prediction|choice|final", re.IGNORECASE)
_STRING = re.compile(r"\"((?:[^\"\\]|\\.){0,4000})\"|'((?:[^'\\]|\\.){0,4000})'", re.DOTALL)
_BARE_VALUE = re.compile(r"[^\s,{}\[\]\"']{1,200}")
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
    bare = _BARE_VALUE.match(text, start)
    return None if bare is None else {"true": "yes", "false": "no"}.get(bare[0], bare[0])


def _unescaped(value: str) -> str:
    """Escapes undone, save where a backslash is the beginning of a LaTeX command (``\\frac``, ``\\neq``)."""
    value = _UNICODE.sub(lambda code: chr(int(code[1], 16)), value)
    return re.sub(r"\\\\|\\[\"'/]|\\n(?![a-z])", lambda escape: _ESCAPES[escape[0]], value)


def boxes(text: str) -> list[Mark]:
    r"""What stands in ``\boxed{}`` and ``<answer>``, in order. A box that never closes was cut off: it holds no answer."""
    found = []
    for box in list(_BOX.finditer(text))[-MAX_MARKS:]:
        content = _braced(text, box.end())
        if content is not None and content.strip():
            found.append(Mark(content, "boxed", text[max(0, box.start() - 80) : box.start()], box.start()))
    return found + [Mark(tag[1].strip(), "answer-tag", "", tag.start()) for tag in _TAGGED.finditer(text)]


def _braced(text: str, start: int) -> str | None:
    """The content of the braces that open at ``start``; without braces the one word there."""
    if start >= len(text) or text[start] != "{":
        word = re.match(r"[^\s{}\\]+", text[start : start + 40])
        return word[0] if word else None
    depth = 0
    for position in range(start, min(len(text), start + LONGEST_PAYLOAD)):
        char = text[position]
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return text[start + 1 : position]
    return None


def gold_text(answer: str) -> str:
    """A gold answer as plain text: some benchmarks box theirs."""
    return without_boxes(clean(answer))


def without_boxes(text: str) -> str:
    r"""``text`` with each complete ``\boxed{x}`` as ``x``."""
    for _ in range(3):
        box = _BOX.search(text)
        content = _braced(text, box.end()) if box else None
        if box is None or content is None:
            return text
        closing = 2 if text[box.end() : box.end() + 1] == "{" else 0
        text = text[: box.start()] + content + text[box.end() + len(content) + closing :]
    return text
