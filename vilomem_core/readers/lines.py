"""Lines of a file, read one at a time, each with its true number."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from vilomem_core.readers.problems import Refusal

UTF16_OR_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)  # the mark of UTF-32 LE begins like UTF-16 LE


@dataclass(frozen=True, slots=True)
class Line:
    """``number`` counts from 1, ``start`` is in bytes. ``data`` has no line end; None when the line is longer than allowed."""

    number: int
    start: int
    data: bytes | None


def read_lines(file: BinaryIO, max_bytes: int) -> Iterator[Line]:
    """The lines from the file's present position on; an overlong line is passed over in pieces, never held as a whole.

    Raises ``Refusal`` when the file is UTF-16 or UTF-32, and passes over a UTF-8 byte order mark.
    """
    start, number = file.tell(), 0
    while data := file.readline(max_bytes):
        number += 1
        if start == 0:
            data = _without_mark(data)
        whole: bytes | None = data
        while data and not data.endswith(b"\n") and len(data) >= max_bytes:
            data, whole = file.readline(max_bytes), None
        yield Line(number, start, None if whole is None else whole.removesuffix(b"\n").removesuffix(b"\r"))
        start = file.tell()


def _without_mark(first: bytes) -> bytes:
    if first.startswith(UTF16_OR_32) or b"\0" in first[:4]:
        raise Refusal("invalid_utf8", "the file is in UTF-16 or UTF-32; its encoding must be UTF-8")
    return first.removeprefix(codecs.BOM_UTF8)
