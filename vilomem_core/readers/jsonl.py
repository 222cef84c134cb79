"""JSONL: one case a line, as an object with the field names of docs/data_formats.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from vilomem_core.readers.files import Line, read_lines
from vilomem_core.readers.pictures import PictureFolder
from vilomem_core.readers.problems import Place, Problem, Refusal, quote
from vilomem_core.readers.rows import NumberText, RawRow, raw_row
from vilomem_core.settings.tree import ReaderSettings

MAX_LINE_BYTES = 16 * 1024 * 1024  # pictures are files of their own; what is left is text


def read_jsonl(path: Path, settings: ReaderSettings) -> Iterator[RawRow | Problem]:
    """One item a line that is not blank. Raises ``Refusal`` when the file as a whole is something else, ``OSError`` as files do."""
    folder = PictureFolder(Path(settings.image_root or path.parent), settings.max_image_bytes)
    row = 0
    with path.open("rb") as file:
        for line in read_lines(file, MAX_LINE_BYTES):
            if line.data is not None and not line.data.strip():
                continue
            row += 1
            place = Place(str(path), line.number, row)
            try:
                fields = parse_line(line, first=row == 1)
            except Refusal as refusal:
                if refusal.kind == "not_jsonl":
                    raise
                yield place.refused(refusal)
                continue
            yield raw_row(fields, place, folder)


def parse_line(line: Line, *, first: bool = False) -> dict[str, object]:
    """The object on one line. Numbers stay as they are written. Raises ``Refusal``."""
    where = f"line {line.number}"
    if line.data is None:
        raise Refusal("line_too_long", f"{where} is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        text = line.data.decode()
    except UnicodeDecodeError as exc:
        raise Refusal("invalid_utf8", f"{where} is not UTF-8 at byte {exc.start + 1}; save the file as UTF-8") from exc
    try:
        found = DECODER.decode(text)
    except RecursionError as exc:
        raise Refusal("invalid_json", f"{where} nests lists or objects too deeply") from exc
    except ValueError as exc:
        if first:
            _refuse_spread_json(text)
        reason = exc.msg if isinstance(exc, json.JSONDecodeError) else "unexpected content"
        raise Refusal("invalid_json", f"{where} is not valid JSON: {reason}") from exc
    except _DuplicateKeyError as exc:
        raise Refusal("duplicate_key", f"{where} gives {quote(exc.key)} twice; remove one of them") from None
    if isinstance(found, dict):
        return found
    if first and isinstance(found, list) and any(isinstance(item, dict) for item in found):
        raise Refusal("not_jsonl", ARRAY)
    raise Refusal("row_not_an_object", f"{where} holds a {KIND.get(type(found), 'number')}, not an object")


ARRAY = "the file is one JSON array; write one object a line instead"
KIND: dict[type, str] = {list: "list", str: "text", bool: "truth value", type(None): "null"}


def _refuse_spread_json(text: str) -> None:
    """JSON that is spread over lines would give one useless message a line."""
    if text.lstrip().startswith("["):
        raise Refusal("not_jsonl", ARRAY)
    if text.strip() == "{":
        raise Refusal("not_jsonl", "the file spreads one JSON object over lines; write each object on one line")


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return made


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=NumberText, parse_int=NumberText, parse_constant=NumberText)
