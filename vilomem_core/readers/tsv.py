"""VLMEvalKit's TSV: one header, base64 pictures, options in columns A, B, C, … or open questions.

Files may be written with quotes (pandas) or without (a lone quote is then just a character). A field counts as quoted when it begins with a quote and a closing quote stands right before the next tab or the end; quotes in it
are doubled. What decides between the two readings is the header: a record has as many fields as it. A line that has them is a
record, unless its quote is open and the next line is none; so an unclosed quote cannot swallow the rows after it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vilomem_core.readers.answers import list_in_text
from vilomem_core.readers.files import Line, read_lines
from vilomem_core.readers.pictures import Picture, PictureFolder
from vilomem_core.readers.problems import Place, Problem, Refusal, shown
from vilomem_core.readers.rows import RawRow, check_columns
from vilomem_core.settings.tree import ReaderSettings

MAX_RECORD_BYTES = 128 * 1024 * 1024  # pictures as base64, several in a row
MAX_RECORD_LINES = 500  # how far a quoted text may run before the quote counts as unclosed
QUOTED = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"(?=\t|\Z)')
REFERENCE_CHARS = 64  # VLMEvalKit: an image field this short is the index of another row
MAX_STEPS = 8  # a reference to a reference is rare; a long chain is a mistake
DATA_URL = re.compile(r"\Adata:[\w/+.-]*;base64,")


def read_tsv(path: Path, settings: ReaderSettings) -> Iterator[RawRow | Problem]:
    """One item a record. Raises ``Refusal`` when the file as a whole is something else, ``OSError`` as files do."""
    with path.open("rb") as file:
        lines = read_lines(file, MAX_RECORD_BYTES)
        first = next((line for line in lines if line.data is None or line.data.strip()), None)
        if first is None:
            return
        header = _header(first.data, settings.require_answer)
        store = TsvPictures(path, header, settings)
        for row, record in enumerate(read_records(lines, len(header)), 1):
            place = Place(str(path), record.line, row)
            try:
                yield _raw_row(record, header, place, store)
            except Refusal as refusal:
                yield place.refused(refusal)


def _header(data: bytes | None, require_answer: bool) -> list[str]:
    if data is None:
        raise Refusal("line_too_long", f"the header is longer than {MAX_RECORD_BYTES:,} bytes")
    try:
        names = [name.decode().strip() for name in split_quoted(data)[0]]
    except UnicodeDecodeError as exc:
        raise Refusal("invalid_utf8", f"the header is not UTF-8 at byte {exc.start + 1}; save the file as UTF-8") from exc
    has_pictures = "image" in names or "image_path" in names
    check_columns(names, has_pictures=has_pictures, require_answer=require_answer)
    return names


def _raw_row(record: Record, header: Sequence[str], place: Place, store: TsvPictures) -> RawRow:
    if record.fields is None:
        what = f"has {record.found} fields where the header has {len(header)}" if record.found else "is too long"
        raise Refusal("row_width", f"line {record.line} {what}")
    try:
        texts = [field.decode() for field in record.fields]
    except UnicodeDecodeError as exc:
        raise Refusal("invalid_utf8", f"line {record.line} is not UTF-8; save the file as UTF-8") from exc
    fields: dict[str, str] = {name: text for name, text in zip(header, texts, strict=True) if text}
    index = fields.get("index", "").strip()
    label = f"index {shown(index)}" if index else ""
    return RawRow(
        Place(place.file, place.line, place.row, fields.get("id", index) or None, label), fields, lambda: store.read(fields)
    )


@dataclass(frozen=True, slots=True)
class Record:
    """``line`` is the number of its first line, ``start`` its place in bytes. ``fields`` is None for what is no record."""

    line: int
    start: int
    fields: tuple[bytes, ...] | None
    found: int = 0


def read_records(lines: Iterator[Line], width: int) -> Iterator[Record]:
    """Records of ``width`` fields; a line that is none comes out with ``fields`` None and the number of fields found."""
    ahead: deque[Line] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        if line.data is None:
            yield Record(line.number, line.start, None)
        elif line.data.strip():
            fields, used = _record_fields(line.data, width, lines, ahead)
            for _ in range(used):
                ahead.popleft()
            complete = tuple(fields) if len(fields) == width else None
            yield Record(line.number, line.start, complete, len(fields))


def _record_fields(data: bytes, width: int, lines: Iterator[Line], ahead: deque[Line]) -> tuple[list[bytes], int]:
    """The fields of the record that begins with ``data``, and how many lines of ``ahead`` belong to it as well."""
    plain = data.split(b"\t")
    if b'"' not in data:
        return plain, 0
    fields, is_open = split_quoted(data)
    alone = fields if len(fields) == width else plain
    if is_open and (len(alone) != width or not _is_record(_peek(lines, ahead, 0), width)):
        longer = _continued(data, width, lines, ahead)
        if longer is not None:
            return longer
    return alone, 0


def _continued(data: bytes, width: int, lines: Iterator[Line], ahead: deque[Line]) -> tuple[list[bytes], int] | None:
    """``data`` with as many following lines as close its quote and make a record; None when none do."""
    for used in range(MAX_RECORD_LINES):
        more = _peek(lines, ahead, used)
        if more is None or more.data is None or len(data) + len(more.data) > MAX_RECORD_BYTES:
            return None
        data = data + b"\n" + more.data
        if b'"' in more.data:
            fields, is_open = split_quoted(data)
            if len(fields) == width and not is_open:
                return fields, used + 1
        if _is_record(more, width):
            return None  # a row of its own: the open quote is a lone one
    return None


def _peek(lines: Iterator[Line], ahead: deque[Line], index: int) -> Line | None:
    while len(ahead) <= index:
        line = next(lines, None)
        if line is None:
            return None
        ahead.append(line)
    return ahead[index]


def _is_record(line: Line | None, width: int) -> bool:
    return line is not None and line.data is not None and line.data.count(b"\t") == width - 1


def split_quoted(data: bytes) -> tuple[list[bytes], bool]:
    """The fields of ``data``, quoted ones without their quotes, and whether a quote was left open; such a field stays as it is."""
    fields, position, is_open = [], 0, False
    while True:
        if data.startswith(b'"', position):
            quoted = QUOTED.match(data, position)
            if quoted:
                fields.append(quoted[1].replace(b'""', b'"'))
                position = quoted.end() + 1
                if position > len(data):
                    return fields, is_open
                continue
            is_open = True
        end = data.find(b"\t", position)
        fields.append(data[position : len(data) if end < 0 else end])
        if end < 0:
            return fields, is_open
        position = end + 1


class TsvPictures:
    """Reads the pictures of one file; rows that others refer to are found by their place in the file, and read again."""

    def __init__(self, path: Path, header: Sequence[str], settings: ReaderSettings) -> None:
        self._path = path
        self._header = header
        self._max_bytes = settings.max_image_bytes
        self._folder = PictureFolder(Path(settings.image_root or path.parent), settings.max_image_bytes)
        self._starts: dict[str, int] | None = None

    def read(self, fields: Mapping[str, str]) -> list[Picture]:
        """All pictures of one row. Raises ``Refusal``."""
        own = fields.get("index", "").strip()
        value = fields.get("image", "")
        if value.strip():
            texts = [self._follow(text, own) for text in _listed(self._follow(value, own))]
            return [self._decoded(text, number) for number, text in enumerate(texts, 1)]
        paths = _listed(fields.get("image_path", ""))
        if not paths:
            raise Refusal("image_missing", "there is no image")
        return [self._folder.read(path) for path in paths]

    def _follow(self, value: str, own: str) -> str:
        """``value``, or what stands in the row that it refers to."""
        trail = [own]
        while len(value) <= REFERENCE_CHARS and not value.startswith("["):
            target = value.strip()
            if target in trail:
                way = " to ".join(f"index {shown(index, 20)}" for index in [*trail, target])
                raise Refusal("image_reference_missing", f"the image refers in a circle, from {way}")
            found = self._image_of(target)
            if found is None or len(trail) >= MAX_STEPS:
                why = "which is not there" if found is None else f"{MAX_STEPS} steps away from a picture"
                raise Refusal("image_reference_missing", f"the image refers to index {shown(target)}, {why}")
            trail.append(target)
            value = found
        return value

    def _image_of(self, index: str) -> str | None:
        """The image field of the first row with ``index``; None when there is no such row, or none with a picture."""
        if self._starts is None:
            self._starts = self._scan()
        start = self._starts.get(index)
        if start is None:
            return None
        with self._path.open("rb") as file:
            file.seek(start)
            record = next(read_records(read_lines(file, MAX_RECORD_BYTES), len(self._header)), None)
        return self._field(record.fields, "image") or None if record else None

    def _scan(self) -> dict[str, int]:
        """Where each row begins, in bytes, by its index; built only for files that refer."""
        starts: dict[str, int] = {}
        with self._path.open("rb") as file:
            lines = read_lines(file, MAX_RECORD_BYTES)
            next((line for line in lines if line.data and line.data.strip()), None)  # the header
            for record in read_records(lines, len(self._header)):
                index = self._field(record.fields, "index").strip()
                starts.setdefault(index, record.start)
        return starts

    def _field(self, fields: Sequence[bytes] | None, name: str) -> str:
        if fields is None or name not in self._header:
            return ""
        return fields[self._header.index(name)].decode(errors="replace")

    def _decoded(self, text: str, number: int) -> Picture:
        name = f"picture {number}"
        packed = "".join(DATA_URL.sub("", text, count=1).split())
        if len(packed) // 4 * 3 > self._max_bytes:
            raise Refusal("image_too_large", f"{name} has more than {self._max_bytes:,} bytes")
        try:
            return Picture(name, base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True))
        except (binascii.Error, ValueError) as exc:  # ValueError: characters outside ASCII
            raise Refusal("image_base64", f"{name} is not base64") from exc


def _listed(value: str) -> list[str]:
    """The items of a list that was written as text; else the one value that there is."""
    if not value.strip():
        return []
    items = list_in_text(value) if value.lstrip().startswith("[") else None
    return [value] if items is None else items
