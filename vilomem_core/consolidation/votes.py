"""What a judge has said of pairs of wordings, by the wordings' numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator


class Votes:
    """Same (True) or not (False) for each pair that was judged; a pair is judged once."""

    def __init__(self) -> None:
        self._said: dict[int, dict[int, bool]] = {}

    def add(self, left: int, right: int, same: bool) -> None:
        self._said.setdefault(left, {})[right] = same
        self._said.setdefault(right, {})[left] = same

    def has(self, left: int, right: int) -> bool:
        return right in self._said.get(left, ())

    def of(self, one: int) -> bool:
        """Whether ``one`` was ever judged."""
        return bool(self._said.get(one))

    def between(self, left: Collection[int], right: Collection[int]) -> tuple[int, int]:
        """How many pairs between two clusters were called the same, and how many not."""
        if len(left) > len(right):
            left, right = right, left
        inside = set(right)
        yes = no = 0
        for one in left:
            for other, same in self._said.get(one, {}).items():
                if other in inside:
                    yes, no = yes + same, no + (not same)
        return yes, no

    def pairs(self) -> Iterator[tuple[int, int, bool]]:
        """Every judged pair once, the lower number first."""
        for one, said in self._said.items():
            yield from ((one, other, same) for other, same in said.items() if one < other)
