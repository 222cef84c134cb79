"""The Ray actor that solves and reflects: models and embedders are loaded once and kept from round to round."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import ray

from tasks.build_models import build_embedders, build_role_models
from tasks.engine import BATCH_CASES, BATCH_S
from tasks.model_actors import Hosts, hosted_models
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.learning.shard import CaseSlots, ShardRun
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.tree import Settings
from vilomem_core.types import CaseOutcome


class Learner:
    """One process with its own models, which it keeps from round to round; ``prepare`` gives it the round's plan and memory."""

    def __init__(self, settings: Settings, hosts: Hosts) -> None:
        self._settings = settings
        self._hosts = hosts
        self._round = ""
        self._loop: CaseLoop | None = None
        self._slots = CaseSlots(settings.engine.in_flight)
        self._runs: dict[int, ShardRun] = {}
        self._held: set[int] = set()

    async def load(self) -> str:
        """Loads models and embedders; returns the node's id. Not done by the constructor, whose errors are an actor's death."""
        self._models = build_role_models(self._settings, hosted_models(self._hosts))
        self._embedders = build_embedders(self._settings)
        return str(ray.get_runtime_context().get_node_id())

    async def prepare(self, round_name: str, memory: Sequence[Any]) -> None:
        """Make the round's loop; ``memory`` holds references to the plan and the bank. Each call of ``solve`` needs it before."""
        if self._round != round_name:
            plan: LoopPlan = await memory[0]
            bank: MemoryBank | None = await memory[1]
            recaller = Recaller(bank, plan.recall) if bank is not None and len(bank) else None
            self._loop, self._round = CaseLoop(plan, self._models, self._embedders, recaller), round_name

    async def solve(self, call: int, works: Sequence[Any], positions: Sequence[int]) -> AsyncIterator[list[CaseOutcome]]:
        """Batches of outcomes of the works at ``positions``.

        ``works`` holds one reference to the shard's cases: pictures stay in the object store and are not copied for a retry.
        ``call`` names the call for ``hold``.
        """
        assert self._loop is not None, "prepare() comes first"
        shard: Sequence[CaseWork] = await works[0]
        run = self._runs[call] = ShardRun(self._loop, [shard[position] for position in positions], self._slots)
        try:
            if call in self._held:
                run.stop()
            while batch := await run.batch(BATCH_CASES, BATCH_S):
                yield batch
        finally:
            run.cancel()
            self._held.discard(call)
            del self._runs[call]

    async def hold(self, call: int) -> int:
        """Let that call start no more cases; says how many of its cases were started."""
        self._held.add(call)
        return self._runs[call].stop() if call in self._runs else 0

    async def abandon(self, call: int) -> None:
        """Give that call up: nobody waits for its cases any more."""
        if call in self._runs:
            self._runs[call].cancel()


def start_learner(settings: Settings, hosts: Hosts) -> Any:
    """A new actor. Ray neither restarts it nor repeats its calls: the pool does, because it knows what is done."""
    engine = settings.engine
    remote = ray.remote(num_cpus=engine.cpus_per_actor, num_gpus=engine.gpus_per_actor, max_restarts=0, max_task_retries=0)
    return remote(Learner).remote(settings, hosts)
