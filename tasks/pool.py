"""A pool of Ray actors behind the engine protocol.

A shard is lent one actor. When the actor's process dies, what had come back is kept, a new actor takes its place, and the cases
that can have been under way are tried alone: one that kills its actor again is recorded as a failure, and the others go on.
"""

from __future__ import annotations

import itertools
import math
import os
import queue
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import ray
from ray.exceptions import RayActorError

from tasks.actor import start_learner
from tasks.casting import with_absolute_paths
from vilomem_core.errors import ModelError, SettingsError
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import stage_failure
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.settings.tree import EngineSettings, Settings
from vilomem_core.types import CaseOutcome

ACTOR_STAGE = "actor"  # the stage of a failure whose case killed its process


class CaseKilledActor(ModelError):
    """A case whose solving ended its process twice, the second time with nothing else under way."""


class RayEngine:
    """Actors on a local Ray, or on the cluster that ``engine.ray_address`` or RAY_ADDRESS names."""

    def __init__(self, settings: Settings) -> None:
        self._settings = with_absolute_paths(settings)
        self.width = settings.engine.actors
        self._owns_ray = connect(settings.engine)
        self._idle: queue.Queue[Any] = queue.Queue()
        self._rounds = itertools.count()
        self._round = ""
        self._plan: LoopPlan | None = None
        self._memory: list[Any] = []
        for actor in [start_learner(self._settings) for _ in range(self.width)]:
            self._idle.put(_ready(actor))

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        self._plan = plan
        self._round = f"{next(self._rounds)} {plan.arm} {plan.snapshot_id}"
        self._memory = [ray.put(plan), ray.put(bank)]

    def outcomes(self, works: Sequence[CaseWork]) -> Iterator[CaseOutcome]:
        shard = [ray.put(list(works))]
        in_flight = self._settings.engine.in_flight
        positions = {case_key(work.case): position for position, work in enumerate(works)}
        left = list(positions.values())
        while left:
            done = yield from self._lend(shard, left, positions, in_flight)
            left = [position for position in left if position not in done]
            suspects, left = left[:in_flight], left[in_flight:]
            for position in suspects:
                survived = yield from self._lend(shard, [position], positions, 1)
                if not survived:
                    yield self._poisoned(works[position])

    def _lend(
        self, shard: Sequence[Any], left: Sequence[int], positions: dict[str, int], in_flight: int
    ) -> Generator[CaseOutcome, None, set[int]]:
        """Run the works at ``left`` on one actor; returns the positions whose outcomes came back before it finished or died."""
        actor = self._idle.get()
        done: set[int] = set()
        try:
            for batch in actor.solve.remote(self._round, self._memory, shard, left, in_flight):
                for outcome in ray.get(batch):
                    done.add(positions[outcome.case_key])
                    yield outcome
        except RayActorError:
            actor = _ready(start_learner(self._settings))  # the dead one's models are gone; the pool keeps its width
        finally:
            self._idle.put(actor)
        return done

    def _poisoned(self, work: CaseWork) -> CaseOutcome:
        assert self._plan is not None
        error = CaseKilledActor(f"solving the case {work.case.id} ended its worker process twice.")
        failure = stage_failure(self._plan, work, ACTOR_STAGE, error)
        return CaseOutcome(case_key(work.case), work.attempt, work.reflections, (), (failure,))

    def close(self) -> None:
        while not self._idle.empty():
            ray.kill(self._idle.get())
        if self._owns_ray:
            ray.shutdown()


def connect(engine: EngineSettings) -> bool:
    """Join the named cluster, or start a local Ray that fits the actors. True when this process has to shut it down."""
    if ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    address = engine.ray_address or os.environ.get("RAY_ADDRESS")
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        if address:
            ray.init(address=address, **quiet)
        else:
            cpus = max(os.cpu_count() or 1, math.ceil(engine.actors * engine.cpus_per_actor))
            ray.init(num_cpus=cpus, include_dashboard=False, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as exc:
        raise SettingsError(
            f"cannot reach Ray at {address or 'this machine'}: {exc}", "Check engine.ray_address, or use --engine inline."
        ) from exc
    return True


def _ready(actor: Any) -> Any:
    """The actor, once its models are loaded. Errors of its back ends are raised as they are."""
    try:
        ray.get(actor.load.remote())
    except RayActorError as exc:
        raise SettingsError(
            "a worker process died while it was loading its models.", "Is there enough memory? --verbose shows its log."
        ) from exc
    return actor
