"""Where cases are solved: one small protocol, two engines (in this process, or on Ray actors)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

from tasks.casting import build_cast, build_senses
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.learning.shard import run_cases
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.engine import Recaller
from vilomem_core.settings.tree import Settings
from vilomem_core.types import CaseOutcome


class Engine(Protocol):
    """Solves shards of cases; models stay loaded from round to round."""

    @property
    def width(self) -> int:
        """How many shards it works on at once."""
        ...

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        """Fix the plan and the memory for the shards that follow."""
        ...

    def outcomes(self, works: Sequence[CaseWork]) -> Iterator[CaseOutcome]:
        """The outcome of every case, as cases finish. May be called from ``width`` threads at once."""
        ...

    def close(self) -> None: ...


class InlineEngine:
    """Solves in this process, one shard at a time."""

    width = 1

    def __init__(self, settings: Settings) -> None:
        self._cast = build_cast(settings)
        self._senses = build_senses(settings)
        self._in_flight = settings.engine.in_flight
        self._runner = asyncio.Runner()
        self._loop: CaseLoop | None = None

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        recaller = Recaller(bank, plan.recall) if bank is not None and len(bank) else None
        self._loop = CaseLoop(plan, self._cast, self._senses, recaller)

    def outcomes(self, works: Sequence[CaseWork]) -> Iterator[CaseOutcome]:
        assert self._loop is not None, "begin() comes first"
        stream = run_cases(self._loop, works, self._in_flight)
        while (outcome := self._runner.run(_next(stream))) is not None:
            yield outcome

    def close(self) -> None:
        self._runner.run(self._cast.aclose())
        self._runner.close()


async def _next(stream: AsyncIterator[CaseOutcome]) -> CaseOutcome | None:
    return await anext(stream, None)
