"""A pool of Ray actors behind the engine protocol.

A shard is lent one actor. When the actor's process dies, what had come back is kept, a new actor takes its place, and the cases
that can have been under way are tried alone: one that ends its process twice more is recorded as a failure, and the others go on.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import ray
from ray.exceptions import RayActorError

from tasks.build_models import with_absolute_paths, with_shared_rates
from tasks.cluster import connect
from tasks.engine import BATCH_CASES, SHARDS_A_PROCESS
from tasks.lending import Lending, Runs
from tasks.workers import Worker, Workers
from vilomem_core.errors import ModelError
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import stage_failure
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.settings.tree import HOSTED_ROLES, Settings
from vilomem_core.types import CaseOutcome

__all__ = ["ACTOR_STAGE", "CaseKilledActor", "RayEngine", "connect"]

ACTOR_STAGE = "actor"  # the stage of a failure whose case killed its process
DEATHS_ALONE = 2  # with one, a run whose actors are killed from outside now and then would lose cases (bench_faults.py)


class CaseKilledActor(ModelError):
    """A case whose solving ended its process twice with nothing else under way."""


class RayEngine:
    """Actors on a local Ray, or on the cluster that ``engine.ray_address`` or RAY_ADDRESS names."""

    def __init__(self, settings: Settings) -> None:
        self._settings = with_shared_rates(with_absolute_paths(settings))
        self.width = settings.engine.actors * SHARDS_A_PROCESS
        self._owns_ray = connect(settings.engine, [getattr(settings.roles, name).hosts for name in HOSTED_ROLES])
        self._workers = Workers(self._settings)
        self._rounds = itertools.count()
        self._round = ""
        self._plan: LoopPlan | None = None
        self._memory: list[Any] = []

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        self._plan = plan
        self._round = f"{next(self._rounds)} {plan.arm} {plan.snapshot_id}"
        self._memory = [ray.put(plan), ray.put(bank)]

    def outcomes(self, works: Sequence[CaseWork], stop: threading.Event) -> Iterator[CaseOutcome]:
        shard = [ray.put(list(works))]
        positions = {case_key(work.case): position for position, work in enumerate(works)}
        left = list(range(len(works)))
        while left and not stop.is_set():
            lending = yield from self._lend(shard, left, positions, stop)
            left = lending.left
            if not lending.blames_cases:
                continue  # all that is left goes again together
            under_way = self._settings.engine.in_flight + BATCH_CASES  # those that had ended may not have been sent yet
            suspects, left = left[:under_way], left[under_way:]
            while suspects and not stop.is_set():
                yield from self._try_alone(shard, suspects.pop(0), positions, works, stop)

    def _try_alone(
        self, shard: Sequence[Any], position: int, positions: dict[str, int], works: Sequence[CaseWork], stop: threading.Event
    ) -> Iterator[CaseOutcome]:
        """One suspect with nothing else under way. It takes two deaths to blame it: one may be of something else."""
        deaths = 0
        while deaths < DEATHS_ALONE and not stop.is_set():
            alone = yield from self._lend(shard, [position], positions, stop, alone=True)
            if not alone.left:
                return
            deaths += alone.blames_cases
        if deaths == DEATHS_ALONE:
            yield self._poisoned(works[position])

    def _lend(
        self, shard: Sequence[Any], left: Sequence[int], positions: dict[str, int], stop: threading.Event, alone: bool = False
    ) -> Generator[CaseOutcome, None, Lending]:
        """Run the works at ``left`` on one actor, until it is through, has died, or was told to stop."""
        lending = Lending(list(left))
        worker = self._workers.borrow(stop, alone)
        if worker is None:
            return lending
        runs = Runs(self._workers, self._settings.engine, shard, self._prepare)
        try:
            self._prepare(worker)
            lending.begun = True
            for batch in runs.batches(worker, lending, stop):
                for outcome in batch:
                    if lending.take(positions[outcome.case_key]):
                        yield outcome
        except RayActorError as death:
            lending.died = True
            lending.node_gone = self._workers.bury(worker, death, lending.begun)
        finally:
            self._workers.give_back(worker, alone)
        return lending

    def _prepare(self, worker: Worker) -> None:
        ray.get(worker.actor.prepare.remote(self._round, self._memory))

    def _poisoned(self, work: CaseWork) -> CaseOutcome:
        assert self._plan is not None
        error = CaseKilledActor(f"solving the case {work.case.id} ended its worker process again and again.")
        failure = stage_failure(self._plan, work, ACTOR_STAGE, error)
        return CaseOutcome(case_key(work.case), work.attempt, work.reflections, (), (failure,))

    def close(self) -> None:
        self._workers.close()
        if self._owns_ray:
            ray.shutdown()
