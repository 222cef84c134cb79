"""Chance that can be repeated: a number that follows from names, not from a state."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chance:
    """All that is left to chance in one draw (``sample``) for one case."""

    seed: int
    case: str
    sample: int = 0

    def __call__(self, what: str) -> float:
        """A number in [0, 1) for a named question, evenly spread over cases."""
        key = f"{self.seed}\0{self.case}\0{self.sample}\0{what}".encode()
        return int.from_bytes(hashlib.blake2b(key, digest_size=6).digest()) / 2**48

    def pick(self, what: str, among: Sequence[T]) -> T:
        return among[int(self(what) * len(among))]
