"""How a round is parted into shards: by time, not by count."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.settings.tree import EngineSettings

LEAST_CASES = 8  # a shard costs an orchestrator's task, some 20 ms of CPU


@dataclass(frozen=True, slots=True)
class Shard:
    """A slice of a round: case keys in order."""

    number: int
    keys: tuple[str, ...]


class Sharder:
    """Cuts ``keys`` into shards that take about ``engine.shard_seconds`` each, as measured so far.

    The first ones hold as many cases as an actor has under way. Towards the end they get smaller, so that no worker is left with a
    long one while the others have none. Where the cuts are changes no result: ids come from cases.
    """

    def __init__(self, keys: Sequence[str], engine: EngineSettings, width: int) -> None:
        self._keys = keys
        self._engine = engine
        self._width = width
        self._next = self._number = self._done = 0
        self._begun = time.monotonic()

    def cut(self) -> Shard | None:
        """The next shard, None when all keys are given out."""
        left = len(self._keys) - self._next
        if not left:
            return None
        size = min(left, self._size(), max(-(-left // self._width), LEAST_CASES))
        shard = Shard(self._number, tuple(self._keys[self._next : self._next + size]))
        self._next += size
        self._number += 1
        return shard

    def done(self, cases: int) -> None:
        """So many cases were carried through."""
        self._done += cases

    def _size(self) -> int:
        seconds = time.monotonic() - self._begun
        by_time = int(self._done / seconds * self._engine.shard_seconds / self._width) if seconds else 0
        return min(max(by_time, self._engine.in_flight), self._engine.shard_size)
