"""The Ray actor that solves and reflects: models and embedders are loaded once and kept from round to round."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import ray

from tasks.casting import build_cast, build_senses
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.learning.shard import run_cases
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.engine import Recaller
from vilomem_core.settings.tree import Settings
from vilomem_core.types import CaseOutcome

FLUSH_CASES = 16  # outcomes that travel together: fewer messages,
FLUSH_S = 2.0  # and little is lost with an actor


class Learner:
    """One process with its own models. Every call says which round it belongs to, because a restarted actor knows nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._round = ""
        self._loop: CaseLoop | None = None

    async def load(self) -> None:
        """Loads models and embedders. Not done by the constructor, whose errors would arrive as the death of an actor."""
        self._cast = build_cast(self._settings)
        self._senses = build_senses(self._settings)

    async def solve(
        self, round_name: str, memory: Sequence[Any], works: Sequence[Any], positions: Sequence[int], in_flight: int
    ) -> AsyncIterator[list[CaseOutcome]]:
        """Batches of outcomes of the works at ``positions``.

        ``memory`` holds references to the plan and the bank, ``works`` one to the shard's cases: pictures stay in the object store
        and are not copied for a retry.
        """
        loop = await self._loop_of(round_name, memory)
        shard: Sequence[CaseWork] = await works[0]
        batch: list[CaseOutcome] = []
        flushed = time.monotonic()
        async for outcome in run_cases(loop, [shard[position] for position in positions], in_flight):
            batch.append(outcome)
            if len(batch) >= FLUSH_CASES or time.monotonic() - flushed > FLUSH_S:
                yield batch
                batch, flushed = [], time.monotonic()
        if batch:
            yield batch

    async def _loop_of(self, round_name: str, memory: Sequence[Any]) -> CaseLoop:
        if self._loop is None or self._round != round_name:
            plan: LoopPlan = await memory[0]
            bank: MemoryBank | None = await memory[1]
            recaller = Recaller(bank, plan.recall) if bank is not None and len(bank) else None
            self._loop, self._round = CaseLoop(plan, self._cast, self._senses, recaller), round_name
        return self._loop


def start_learner(settings: Settings) -> Any:
    """A new actor. Ray neither restarts it nor repeats its calls: the pool does, because it knows what is done."""
    engine = settings.engine
    remote = ray.remote(num_cpus=engine.cpus_per_actor, num_gpus=engine.gpus_per_actor, max_restarts=0, max_task_retries=0)
    return remote(Learner).remote(settings)
