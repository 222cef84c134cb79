"""Data sets to cases, one at a time, and a check of a whole data set."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from vilomem_core.ids import case_key
from vilomem_core.readers.cases import build_case
from vilomem_core.readers.files import Sources, find_files
from vilomem_core.readers.jsonl import read_jsonl
from vilomem_core.readers.parquet import read_parquet
from vilomem_core.readers.problems import Place, Problem, Refusal, Severity, quote
from vilomem_core.readers.rows import RawRow
from vilomem_core.readers.tsv import read_tsv
from vilomem_core.settings.tree import ReaderSettings
from vilomem_core.types import Case

READERS: Final[dict[str, Callable[[Path, ReaderSettings], Iterator[RawRow | Problem]]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
}
DEFAULT_SETTINGS = ReaderSettings()
HASH_BYTES = 8  # of ids and contents; at a million rows a false match has a probability below 1e-7
ROW_BITS = 40
RECENT = 1 << 16  # ids that are kept in a dictionary before they are sorted in among the others: 152 times for ten million


def read_cases(sources: Sources, settings: ReaderSettings = DEFAULT_SETTINGS) -> Iterator[Case | Problem]:
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


@dataclass(frozen=True, slots=True)
class CheckReport:
    """``rows`` = ``cases`` + ``refused_rows`` + ``repeated_rows``; ``refused_files`` were not read, or not to their end.

    ``kinds`` counts all problems by severity and kind, most frequent first.
    """

    rows: int
    cases: int
    images: int
    refused_rows: int
    repeated_rows: int
    refused_files: int
    kinds: tuple[tuple[Severity, str, int], ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether every row of every file is used."""
        return self.cases > 0 and not (self.refused_rows or self.refused_files)


def check(sources: Sources, settings: ReaderSettings = DEFAULT_SETTINGS) -> CheckReport:
    """Read everything, keep only the problems. Raises ``DataError`` as ``read_cases`` does."""
    cases = images = 0
    problems = []
    for item in read_cases(sources, settings):
        if isinstance(item, Case):
            cases += 1
            images += len(item.images)
        else:
            problems.append(item)
    refused = [problem for problem in problems if problem.severity is Severity.REJECT]
    files = sum(1 for problem in refused if problem.row is None)
    repeated = sum(1 for problem in problems if problem.kind == "duplicate_row")
    kinds = Counter((problem.severity, problem.kind) for problem in problems)
    return CheckReport(
        rows=cases + len(refused) - files + repeated,
        cases=cases,
        images=images,
        refused_rows=len(refused) - files,
        repeated_rows=repeated,
        refused_files=files,
        kinds=tuple((severity, kind, count) for (severity, kind), count in kinds.most_common()),
        problems=tuple(problems),
    )


class SeenIds:
    """Remembers 24 bytes a case, sorted by id: hashes of id and content, and where it was. A dictionary would take 200."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._recent: dict[int, tuple[int, int]] = {}
        self._sorted = np.zeros((3, 0), np.uint64)  # ids, contents, places

    def repeated(self, case: Case, place: Place) -> Problem | None:
        """The problem that ``case`` has because of an earlier one, which stays; None for a new id, which is remembered.

        The same record twice is harmless, and used once; another record under the same id is refused.
        """
        key, content = _hash(case.id), _hash(case_key(case))
        known = self._recent.get(key) or self._long_ago(key)
        if known is None:
            self._remember(key, content, self._packed(place))
            return None
        file, row = self._files[known[1] >> ROW_BITS], known[1] & ((1 << ROW_BITS) - 1)
        where = f"rows {row} and {place.row}" if file == place.file else f"row {place.row} and row {row} of {file}"
        if known[0] == content:
            reason = f"{where} are the same record {quote(case.id)}; it is used once"
            return place.problem("duplicate_row", reason, Severity.WARNING)
        return place.problem("duplicate_id", f"{where} have the same id {quote(case.id)} but differ; rename one")

    def _long_ago(self, key: int) -> tuple[int, int] | None:
        """Content and place of an id that was sorted in."""
        ids, contents, places = self._sorted
        at = int(np.searchsorted(ids, np.uint64(key)))
        if at == len(ids) or int(ids[at]) != key:
            return None
        return int(contents[at]), int(places[at])

    def _remember(self, key: int, content: int, place: int) -> None:
        self._recent[key] = (content, place)
        if len(self._recent) < RECENT:
            return
        recent = np.array([(key, *about) for key, about in self._recent.items()], np.uint64).T
        recent = recent[:, np.argsort(recent[0])]
        self._sorted = np.insert(self._sorted, np.searchsorted(self._sorted[0], recent[0]), recent, axis=1)
        self._recent.clear()

    def _packed(self, place: Place) -> int:
        if not self._files or self._files[-1] != place.file:
            self._files.append(place.file)
        return (len(self._files) - 1) << ROW_BITS | (place.row or 0)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=HASH_BYTES).digest())
