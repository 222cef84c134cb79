"""Ids that were read already."""

from __future__ import annotations

import hashlib

from vilomem_core.ids import case_key
from vilomem_core.readers.problems import Problem, Severity, quote
from vilomem_core.readers.rows import Place
from vilomem_core.types import Case

HASH_BYTES = 8  # of ids and contents; at a million rows a false match has a probability below 1e-7
ROW_BITS = 40


class SeenIds:
    """Remembers about 130 bytes a case: hashes of id and content, and where it was."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._files: list[str] = []

    def repeated(self, case: Case, place: Place) -> Problem | None:
        """The problem that ``case`` has because of an earlier one, which stays; None for a new id, which is remembered.

        The same record twice is harmless, and used once; another record under the same id is refused.
        """
        key, content = _hash(case.id), _hash(case_key(case))
        known = self._seen.setdefault(key, self._packed(content, place))
        file, row, same = self._files[known >> ROW_BITS >> 64], known & ((1 << ROW_BITS) - 1), (known >> ROW_BITS) & (2**64 - 1)
        if (file, row) == (place.file, place.row):
            return None
        where = f"rows {row} and {place.row}" if file == place.file else f"row {place.row} and row {row} of {file}"
        if same == content:
            reason = f"{where} are the same record {quote(case.id)}; it is used once"
            return place.problem("duplicate_row", reason, Severity.WARNING)
        return place.problem("duplicate_id", f"{where} have the same id {quote(case.id)} but differ; rename one")

    def _packed(self, content: int, place: Place) -> int:
        if not self._files or self._files[-1] != place.file:
            self._files.append(place.file)
        return (len(self._files) - 1) << ROW_BITS << 64 | content << ROW_BITS | (place.row or 0)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=HASH_BYTES).digest())
