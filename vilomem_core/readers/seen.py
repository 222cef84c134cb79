"""Ids that were read already."""

from __future__ import annotations

import hashlib

import numpy as np

from vilomem_core.ids import case_key
from vilomem_core.readers.problems import Problem, Severity, quote
from vilomem_core.readers.rows import Place
from vilomem_core.types import Case

HASH_BYTES = 8  # of ids and contents; at a million rows a false match has a probability below 1e-7
ROW_BITS = 40
RECENT = 1 << 16  # ids that are kept in a dictionary before they are sorted in among the others: 152 times for ten million


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
