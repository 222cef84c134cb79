"""Data sets to cases, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from vilomem_core.readers.cases import build_case
from vilomem_core.readers.jsonl import read_jsonl
from vilomem_core.readers.parquet import read_parquet
from vilomem_core.readers.problems import Problem, Refusal
from vilomem_core.readers.rows import Place, RawRow
from vilomem_core.readers.seen import SeenIds
from vilomem_core.readers.settings import ReaderSettings
from vilomem_core.readers.sources import find_files
from vilomem_core.readers.tsv import read_tsv
from vilomem_core.types import Case

READERS: Final[dict[str, Callable[[Path, ReaderSettings], Iterator[RawRow | Problem]]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
}
DEFAULT_SETTINGS = ReaderSettings()


def read_cases(sources: str | Sequence[str], settings: ReaderSettings = DEFAULT_SETTINGS) -> Iterator[Case | Problem]:
    """The cases of files, folders and globs in a stable order, and between them what was found wrong.

    Conversions and warnings of a row come right before its case; a refused row gives one problem and no case. Memory does not grow
    with the rows but for hashes of their ids. Raises ``DataError``, at once, when a source does not exist or is empty.
    """
    return _cases(find_files(sources), settings)


def _cases(files: Sequence[Path], settings: ReaderSettings) -> Iterator[Case | Problem]:
    seen = SeenIds()
    for path in files:
        rows = 0
        whole = Place(str(path))
        try:
            for item in _reader(path)(path, settings):
                rows += 1
                yield from [item] if isinstance(item, Problem) else _settled(item, seen, settings)
        except Refusal as refusal:
            yield whole.refused(refusal)
        except OSError as exc:
            yield whole.problem("file_unreadable", f"the file cannot be read: {exc.strerror or type(exc).__name__}")
        else:
            if rows == 0:
                yield whole.problem("no_rows", "0 rows: the file is empty")


def _reader(path: Path) -> Callable[[Path, ReaderSettings], Iterator[RawRow | Problem]]:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise Refusal("file_format_unknown", f"{path.name} is not a .jsonl, .tsv or .parquet file")
    return reader


def _settled(row: RawRow, seen: SeenIds, settings: ReaderSettings) -> list[Case | Problem]:
    """What comes of one row."""
    try:
        case, notes = build_case(row, settings)
    except Refusal as refusal:
        return [row.place.refused(refusal)]
    repeated = seen.repeated(case, row.place)
    if repeated is not None:
        return [repeated]
    return [*(row.place.noted(note) for note in notes), case]
