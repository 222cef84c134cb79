"""The data files that a user names, in a stable order, and their lines."""

from __future__ import annotations

import codecs
import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from vilomem_core.errors import DataError
from vilomem_core.readers.problems import Refusal
from vilomem_core.settings.layers import DATA_SUFFIXES

Sources: TypeAlias = str | Path | Sequence[str | Path]  # files, folders and globs

CASES_FILE = "cases.jsonl"
UTF16_OR_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)  # the mark of UTF-32 LE begins like UTF-16 LE


def find_files(sources: Sources) -> list[Path]:
    """The data files of files, folders and globs, each file once. Raises ``DataError`` for a source that offers none.

    A folder stands for its ``cases.jsonl`` if it has one (other files are then other forms of the same cases), else for all its
    data files, else for its sub-folders by the same rule. Links to folders are not followed.
    """
    found: dict[str, Path] = {}
    names = [str(name) for name in ([sources] if isinstance(sources, str | Path) else sources)]
    if not names:
        raise DataError("No data was named.", "Give a file, a folder or a glob.")
    for name in names:
        try:
            files = _files(name)
        except OSError as exc:
            raise DataError(f"{name} cannot be read: {exc.strerror or type(exc).__name__}.", "Check the permissions.") from exc
        for path in files:
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _files(source: str) -> list[Path]:
    path = Path(source).expanduser()
    if path.is_dir():
        files = _in_folder(path)
        if not files:
            raise DataError(
                f"No data files in {source}.", "A folder needs .jsonl, .tsv or .parquet files, or sub-folders with them."
            )
        return files
    if path.exists():
        if path.suffix.lower() not in DATA_SUFFIXES:
            raise DataError(f"{source} is not a data file.", "Give a .jsonl, .tsv or .parquet file, or a folder of them.")
        return [path]
    # Path.glob takes no absolute patterns
    matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(source) else []  # noqa: PTH207
    files = [file for match in matches for file in (_in_folder(Path(match)) if Path(match).is_dir() else [Path(match)])]
    if not files:
        what = "Nothing matches" if glob.has_magic(source) else "There is no"
        hint = (
            "Download the data first and give its path."
            if "://" in source
            else "Check the path; it is relative to the current folder."
        )
        raise DataError(f"{what} {source}.", hint)
    return files


def _in_folder(folder: Path) -> list[Path]:
    cases = folder / CASES_FILE
    if cases.is_file():
        return [cases]
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    files = [entry for entry in entries if entry.suffix.lower() in DATA_SUFFIXES and entry.is_file()]
    if files:
        return files
    return [file for entry in entries if entry.is_dir() and not entry.is_symlink() for file in _in_folder(entry)]


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
