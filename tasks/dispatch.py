"""The engine that dispatches shards to Ray actors, again and again until every case has an outcome.

A shard is given to one worker, and what is late of it to a second one, too: whichever brings a case first counts. When a worker's
process dies, what had come back is kept, a new actor takes its place, and the cases that can have been under way are tried alone: one
that ends its process twice more is recorded as a failure, and the others go on.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayActorError

from tasks.build_models import with_absolute_paths, with_shared_rates
from tasks.cluster import connect, errors_as_raised
from tasks.engine import BATCH_CASES, POLL_S, SHARDS_A_PROCESS
from tasks.worker_pool import Worker, WorkerPool
from vilomem_core.errors import ModelError
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import stage_failure
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.settings.models import HOSTED_ROLES
from vilomem_core.settings.tree import EngineSettings, Settings
from vilomem_core.types import CaseOutcome

_log = logging.getLogger("vilomem")
_call_numbers = itertools.count()
ACTOR_STAGE = "actor"  # the stage of a failure whose case killed its process
DEATHS_ALONE = 2  # with one, a run whose actors are killed from outside now and then would lose cases (bench_faults.py)


class CaseKilledActor(ModelError):
    """A case whose solving ended its process twice with nothing else under way."""


class RayEngine:
    """Workers on a local Ray, or on the cluster that ``engine.ray_address`` or RAY_ADDRESS names."""

    def __init__(self, settings: Settings) -> None:
        self._engine = settings.engine
        self.width = settings.engine.actors * SHARDS_A_PROCESS
        settings = with_shared_rates(with_absolute_paths(settings))
        self._owns_ray = connect(settings.engine, [getattr(settings.roles, name).hosts for name in HOSTED_ROLES])
        self._pool = WorkerPool(settings)
        self._plan: LoopPlan | None = None

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        self._plan = plan
        self._pool.begin(plan, bank)

    def outcomes(self, works: Sequence[CaseWork], stop: threading.Event) -> Iterator[CaseOutcome]:
        assert self._plan is not None, "begin() comes first"
        return ShardAttempts(self._pool, self._engine, self._plan, works, stop).outcomes()

    def close(self) -> None:
        self._pool.close()
        if self._owns_ray:
            ray.shutdown()


@dataclass(eq=False)
class ShardAttempt:
    """What was given to one worker. ``left`` are positions in the shard whose outcomes did not come back, in the order of starting."""

    left: list[int]
    started: bool = False
    died: bool = False
    node_lost: bool = False

    @property
    def blames_cases(self) -> bool:
        """Whether a case can have killed the worker: it had started, and its node is still there."""
        return self.died and self.started and not self.node_lost

    def take(self, position: int) -> bool:
        """Note that an outcome came. False for one that has come before."""
        if position not in self.left:
            return False
        self.left.remove(position)
        return True


@dataclass(frozen=True, slots=True, eq=False)
class SolveCall:
    """One call of a worker's ``solve``. ``batches`` is Ray's stream of references to batches of outcomes."""

    worker: Worker
    number: int
    batches: Any

    def stop(self) -> None:
        self.worker.actor.stop.remote(self.number)

    def cancel(self) -> None:
        self.worker.actor.cancel.remote(self.number)


class ShardAttempts:
    """The attempts at one shard, one after the other; once ``stop`` is set there is no new one."""

    def __init__(
        self, pool: WorkerPool, engine: EngineSettings, plan: LoopPlan, works: Sequence[CaseWork], stop: threading.Event
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._plan = plan
        self._works = works
        self._stop = stop
        self._positions = {case_key(work.case): position for position, work in enumerate(works)}
        self._shard = [ray.put(list(works))]

    def outcomes(self) -> Iterator[CaseOutcome]:
        """The outcome of every case, each once; without those that were not started before the stop."""
        left = list(range(len(self._works)))
        while left and not self._stop.is_set():
            attempt = yield from self._attempt(left)
            left = attempt.left
            if not attempt.blames_cases:
                continue  # all that is left goes again together
            under_way = self._engine.in_flight + BATCH_CASES  # those that had ended may not have been sent yet
            suspects, left = left[:under_way], left[under_way:]
            while suspects and not self._stop.is_set():
                yield from self._try_alone(suspects.pop(0))

    def _try_alone(self, position: int) -> Iterator[CaseOutcome]:
        """One suspect with nothing else under way. It takes two deaths to blame it: one may have another cause."""
        deaths = 0
        while deaths < DEATHS_ALONE and not self._stop.is_set():
            attempt = yield from self._attempt([position], alone=True)
            if not attempt.left:
                return
            deaths += attempt.blames_cases
        if deaths == DEATHS_ALONE:
            yield self._killed_actor(self._works[position])

    def _attempt(self, left: Sequence[int], alone: bool = False) -> Generator[CaseOutcome, None, ShardAttempt]:
        """Run the works at ``left`` on one worker, until it has solved all, has died, or was told to stop."""
        attempt = ShardAttempt(list(left))
        worker = self._pool.acquire(self._stop, alone)
        if worker is None:
            return attempt
        try:
            self._pool.prepare(worker)
            attempt.started = True
            for batch in self._batches(worker, attempt):
                for outcome in batch:
                    if attempt.take(self._positions[outcome.case_key]):
                        yield outcome
        except RayActorError as death:
            attempt.died = True
            attempt.node_lost = self._pool.replace(worker, death, attempt.started)
        finally:
            self._pool.release(worker, alone)
        return attempt

    def _batches(self, worker: Worker, attempt: ShardAttempt) -> Iterator[list[CaseOutcome]]:
        """Batches from the worker, and from a second one when it is late, whose outcomes may have come before.

        Raises what the first one raises.
        """
        first, second = self._solve(worker, attempt), None
        heard, stopped = time.monotonic(), False
        try:
            while second is None or attempt.left:
                calls = [first] if second is None else [first, second]
                if self._stop.is_set() and not stopped:
                    for call in calls:
                        call.stop()
                    stopped = True
                ready = ray.wait([call.batches for call in calls], timeout=POLL_S)[0]
                if not ready:
                    silent_s = time.monotonic() - heard
                    self._kill_if_stalled(worker, silent_s)
                    if second is None and not stopped and silent_s > self._engine.straggler_s:
                        second = self._solve_late_cases(attempt)
                    continue
                heard = time.monotonic()
                call = next(call for call in calls if call.batches is ready[0])
                try:
                    batch = _next_batch(call)
                except (StopIteration, RayActorError) as end:
                    if call is first and isinstance(end, RayActorError):
                        raise
                    if call is first:
                        return
                    self._end_second(call, end)
                    second = None
                else:
                    yield batch
        except GeneratorExit:  # whoever asked has an error of its own
            first.stop()
            raise
        finally:
            if second is not None:
                first.cancel()
                second.cancel()
                self._end_second(second)

    def _solve(self, worker: Worker, attempt: ShardAttempt) -> SolveCall:
        number = next(_call_numbers)
        return SolveCall(worker, number, worker.actor.solve.remote(number, self._shard, list(attempt.left)))

    def _solve_late_cases(self, attempt: ShardAttempt) -> SolveCall | None:
        """What is late, once more, on a worker that has nothing to do, if there is one."""
        worker = self._pool.acquire_idle()
        if worker is None:
            return None
        _log.info("%d cases are late; an idle worker process solves them as well.", len(attempt.left))
        call = None
        try:
            self._pool.prepare(worker)
            call = self._solve(worker, attempt)
        except RayActorError as death:
            self._pool.replace(worker, death, started=False)
        finally:
            if call is None:
                self._pool.release(worker, alone=True)
        return call

    def _end_second(self, second: SolveCall, end: Exception | None = None) -> None:
        """Release the worker of a second call, or replace it where ``end`` says that it died."""
        if isinstance(end, RayActorError):
            self._pool.replace(second.worker, end, started=True)
        self._pool.release(second.worker, alone=True)

    def _kill_if_stalled(self, worker: Worker, silent_s: float) -> None:
        if silent_s > self._engine.stall_s:
            _log.warning("a worker process said nothing for %.0f s; it is ended.", silent_s)
            ray.kill(worker.actor)  # the next look at its stream raises RayActorError

    def _killed_actor(self, work: CaseWork) -> CaseOutcome:
        error = CaseKilledActor(f"solving the case {work.case.id} ended its worker process again and again.")
        failure = stage_failure(self._plan, work, ACTOR_STAGE, error)
        return CaseOutcome(case_key(work.case), work.attempt, work.reflections, (), (failure,))


def _next_batch(call: SolveCall) -> list[CaseOutcome]:
    """Raises ``StopIteration`` at the end of the call, and ``RayActorError`` when its worker has died."""
    reference = next(call.batches)
    with errors_as_raised():
        batch: list[CaseOutcome] = ray.get(reference)
    return batch
