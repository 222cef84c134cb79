"""The options of a choice, in every form that data sets write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from vilomem_core.readers.problems import Note, Refusal, Severity, quote
from vilomem_core.readers.texts import bounded, clean, scalar_text
from vilomem_core.types import option_letter

# One item of a list that was written as text, by Python, NumPy (no commas) or JSON.
ITEM = re.compile(
    r"""\s*(?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s'",\[\]][^'",\[\]]*))\s*,?\s*""", re.DOTALL
)
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\\'\"nrt/]))")
ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def read_options(fields: Mapping[str, object], limit: int, notes: list[Note]) -> tuple[str, ...]:
    """``options`` (a list, a mapping from letters, a list written as text) or the columns A, B, C, …; empty for open questions.

    Raises ``Refusal``. ``limit`` is in characters, over all options.
    """
    given = fields.get("options")
    if given is None:
        given = {name: value for name, value in fields.items() if len(name) == 1 and name in ascii_uppercase}
    values = _values(given, notes)
    options = tuple(clean(scalar_text(value, "options") or "", "options", notes) for value in values)
    bounded("".join(options), "options", limit)
    _check(options)
    return options


def _values(given: object, notes: list[Note]) -> Sequence[object]:
    match given:
        case str():
            if not given.strip():
                return ()
            values = list_in_text(given)
            if values is None:
                raise Refusal("options_not_a_list", f"options must be a list of texts, not the text {quote(given)}")
            notes.append(
                Note("options_not_a_list", Severity.CONVERSION, "options was a list written as text; it was read as a list")
            )
            return values
        case Mapping():
            return _by_letter(given)
        case list() | tuple():
            return given
        case _:
            raise Refusal("options_not_a_list", f"options must be a list of texts, not a {type(given).__name__}")


def _by_letter(given: Mapping[object, object]) -> Sequence[object]:
    """Letters without a text at the end are no options; a gap before the last one would shift the letters after it."""
    texts = {str(letter).strip().upper(): value for letter, value in given.items() if value is not None and value != ""}
    letters = [option_letter(i) for i in range(len(texts))]
    if len(texts) != sum(1 for value in given.values() if value is not None and value != ""):
        raise Refusal("options_duplicate", "options has the same letter twice")
    if set(letters) != set(texts):
        named = ", ".join(quote(name, 8) for name in sorted(texts)[:8])
        raise Refusal("options_empty", f"options must be lettered A, B, C, … without a gap, but there are {named}")
    return [texts[letter] for letter in letters]


def _check(options: Sequence[str]) -> None:
    if len(options) == 1:
        raise Refusal("options_too_few", f"there is only one option, {quote(options[0])}")
    first_with: dict[str, int] = {}
    for i, option in enumerate(options):
        if not option:
            raise Refusal("options_empty", f"option {option_letter(i)} is empty")
        if option in first_with:
            letters = f"{option_letter(first_with[option])} and {option_letter(i)}"
            raise Refusal("options_duplicate", f"options {letters} are both {quote(option)}")
        first_with[option] = i


def list_in_text(text: str) -> list[str] | None:
    """The items of a list of texts that was written out as text; None when it is something else. Nothing is evaluated."""
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")):
        return None
    inner, position, items = inner[1:-1].strip(), 0, []
    while position < len(inner):
        found = ITEM.match(inner, position)
        if found is None:
            return None
        bare = found["bare"]
        items.append(bare.strip() if bare is not None else _unescaped(found["single"] or found["double"] or ""))
        position = found.end()
    return items


def _unescaped(text: str) -> str:
    return ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else ESCAPED.get(m[3], m[3]), text)
