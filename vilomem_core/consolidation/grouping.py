"""Clusters under revision: members, homes and mean similarities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vilomem_core.types import F32


class Grouping:
    """Rows of ``vectors`` (f32[n, dim]) in clusters that are named by numbers; every row has a home."""

    def __init__(self, groups: Iterable[Sequence[int]], vectors: F32) -> None:
        self.vectors = vectors
        self.members: dict[int, list[int]] = {name: list(group) for name, group in enumerate(groups)}
        self.home: dict[int, int] = {row: name for name, group in self.members.items() for row in group}
        self._sums = {name: vectors[group].sum(axis=0) for name, group in self.members.items()}
        self._next = len(self.members)

    def similarity(self, left: int, right: int) -> float:
        """Mean similarity of two clusters."""
        return float(self._sums[left] @ self._sums[right]) / (len(self.members[left]) * len(self.members[right]))

    def to_cluster(self, row: int, name: int) -> float:
        """Mean similarity of a row and a cluster that it does not belong to."""
        return float(self.vectors[row] @ self._sums[name]) / len(self.members[name])

    def merge(self, winner: int, loser: int) -> None:
        gone = self.members.pop(loser)
        self.members[winner] += gone
        self._sums[winner] = self._sums[winner] + self._sums.pop(loser)
        self.home.update(dict.fromkeys(gone, winner))

    def move(self, row: int, target: int | None) -> None:
        """Gives the row a home in ``target``, or one of its own."""
        old = self.home[row]
        self.members[old].remove(row)
        self._sums[old] = self._sums[old] - self.vectors[row]
        if not self.members[old]:
            del self.members[old], self._sums[old]
        if target is None:
            target, self._next = self._next, self._next + 1
            self.members[target], self._sums[target] = [], np.zeros_like(self.vectors[row])
        self.members[target].append(row)
        self._sums[target] = self._sums[target] + self.vectors[row]
        self.home[row] = target

    def groups(self) -> list[list[int]]:
        """The clusters, each sorted, in the order of their first rows."""
        return sorted(sorted(group) for group in self.members.values())
