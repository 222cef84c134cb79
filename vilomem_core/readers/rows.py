"""One row as a file gives it, unchecked, and its values as clean text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vilomem_core.readers.pictures import Picture, PictureFolder, read_pictures
from vilomem_core.readers.problems import Note, Place, Refusal, Severity, quote, shown

# C0 and C1 control codes, which terminals obey, without tab and line feed.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WHOLE_FLOAT = 1e15  # below this every whole float is written exactly without an exponent


class NumberText(str):
    """A number as it is written in the file: ``0.30`` stays ``0.30``, and 10,000 digits are never converted."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class RawRow:
    """Fields by lower-case name, with values as JSON or Parquet give them: text, numbers, lists, None.

    ``options`` of a TSV arrive as one mapping from letters to texts. ``pictures`` reads the pictures when it is called, and raises
    ``Refusal``.
    """

    place: Place
    fields: Mapping[str, object]
    pictures: Callable[[], Sequence[Picture]]


def raw_row(fields: Mapping[str, object], place: Place, folder: PictureFolder) -> RawRow:
    """A row whose picture fields hold paths or bytes; ``place`` gets the row's id as far as it has one."""
    name = given_id(fields)
    named = str(name) if isinstance(name, str | int | float) else None
    return RawRow(Place(place.file, place.line, place.row, named, place.label), fields, lambda: read_pictures(fields, folder))


def given_id(fields: Mapping[str, object]) -> object:
    """``id``, or ``index`` where there is none."""
    found = fields.get("id")
    return fields.get("index") if found is None else found


def check_columns(names: Sequence[str], *, has_pictures: bool, require_answer: bool) -> None:
    """Raises ``Refusal`` for a table without questions, pictures or answers, or with two columns of one name."""
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise Refusal("column_duplicate", f"the column {quote(twice[0])} stands twice in the header")
    needed = ["question", "answer"] if require_answer else ["question"]
    missing = [name for name in needed if name not in names] + ([] if has_pictures else ["image"])
    if missing:
        found = shown(", ".join(names), 200)
        raise Refusal("column_missing", f"there is no column {' and no column '.join(missing)}; there are {found}")


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
