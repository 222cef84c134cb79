"""How memories are derived from the log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsolidationSettings:
    """Limits of judging and of the memory's size."""

    #: Judge calls for each new candidate, on average.
    judge_calls: float = 6.0
    #: Most active memories of each stream.
    capacity: int = 100_000
