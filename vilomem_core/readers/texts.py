"""Untrusted values to clean text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal

from vilomem_core.readers.problems import Note, Refusal, Severity
from vilomem_core.readers.rows import NumberText

# C0 and C1 control codes, which terminals obey, without tab and line feed.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WHOLE_FLOAT = 1e15  # below this every whole float is written exactly without an exponent


def scalar_text(value: object, name: str) -> str | None:
    """The text of one value, None for a missing one. Raises ``Refusal`` for lists, mappings and bytes.

    Whole floats lose their ``.0``: a Parquet column of whole numbers with one missing value has become floats on the way.
    """
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return NumberText(value)
        case float() if math.isfinite(value) and value.is_integer() and abs(value) < WHOLE_FLOAT:
            return NumberText(int(value))
        case float():
            return NumberText("NaN" if math.isnan(value) else value)
        case _:
            raise Refusal(f"{name}_not_text", f"the {name} must be text or a number, not a {type(value).__name__}")


def clean(text: str, name: str, notes: list[Note]) -> str:
    """``text`` without control codes and outer blanks, line ends as ``\\n``; a removal is noted.

    Raises ``Refusal`` for lone surrogates: such text cannot be written anywhere as UTF-8.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as exc:
            raise Refusal("invalid_text", f"the {name} holds half of a surrogate pair at character {exc.start + 1}") from exc
    cleaned, removed = CONTROL.subn("", text.replace("\r\n", "\n"))
    if removed:
        what = "1 control code" if removed == 1 else f"{removed} control codes"
        notes.append(Note("control_characters", Severity.CONVERSION, f"{what} removed from the {name}"))
    return cleaned.strip()


def text_field(fields: Mapping[str, object], name: str, limit: int, notes: list[Note]) -> str:
    """The clean text of one field, empty when it is missing. Raises ``Refusal``."""
    text = scalar_text(fields.get(name), name)
    return "" if text is None else bounded(clean(text, name, notes), name, limit)


def bounded(text: str, name: str, limit: int) -> str:
    if len(text) > limit:
        raise Refusal(f"{name}_too_long", f"the {name} has a length of {len(text):,} characters; the limit is {limit:,}")
    return text


def has_ink(text: str) -> bool:
    """Whether there is anything to see: blanks, zero-width and other invisible characters do not count."""
    return any(c.isprintable() and not c.isspace() for c in text)
