"""Records of a TSV file, whether it was written with quotes (pandas) or without (a lone quote is then just a character).

A field counts as quoted when it begins with a quote and a closing quote stands right before the next tab or the end; quotes in it
are doubled. What decides between the two readings is the header: a record has as many fields as it. A line that has them is a
record, unless its quote is open and the next line is none; so an unclosed quote cannot swallow the rows after it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from vilomem_core.readers.lines import Line

MAX_RECORD_BYTES = 128 * 1024 * 1024  # pictures as base64, several in a row
MAX_RECORD_LINES = 500  # how far a quoted text may run before the quote counts as unclosed
QUOTED = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"(?=\t|\Z)')


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
            fields, used = _fields(line.data, width, lines, ahead)
            for _ in range(used):
                ahead.popleft()
            complete = tuple(fields) if len(fields) == width else None
            yield Record(line.number, line.start, complete, len(fields))


def _fields(data: bytes, width: int, lines: Iterator[Line], ahead: deque[Line]) -> tuple[list[bytes], int]:
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
