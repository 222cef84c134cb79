"""A shard on an actor, and on a second one when the first is late: whichever brings a case first counts."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayActorError

from tasks.engine import POLL_S
from tasks.workers import Worker, Workers, own_errors
from vilomem_core.settings.tree import EngineSettings
from vilomem_core.types import CaseOutcome

_log = logging.getLogger("vilomem")
_calls = itertools.count()  # names calls for ``hold`` and ``abandon``


@dataclass(eq=False)
class Lending:
    """What one actor was given of a shard. ``left`` are positions whose outcomes did not come back, in the order of starting."""

    left: list[int]
    begun: bool = False
    died: bool = False
    node_gone: bool = False

    @property
    def blames_cases(self) -> bool:
        """Whether a case can have killed the actor: it had begun, and its node is still there."""
        return self.died and self.begun and not self.node_gone

    def take(self, position: int) -> bool:
        """Note that an outcome came. False for one that has come before."""
        if position not in self.left:
            return False
        self.left.remove(position)
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One call of ``solve``. ``batches`` is Ray's stream of references to batches of outcomes."""

    worker: Worker
    call: int
    batches: Any


class Runs:
    """The runs of one lending: mostly one."""

    def __init__(self, workers: Workers, engine: EngineSettings, shard: Sequence[Any], prepare: Callable[[Worker], None]) -> None:
        self._workers = workers
        self._engine = engine
        self._shard = shard
        self._prepare = prepare

    def batches(self, worker: Worker, lending: Lending, stop: threading.Event) -> Iterator[list[CaseOutcome]]:
        """Batches of outcomes from either run; some of a second run's may have come before. Raises what the first run raises."""
        first, second = self._start(worker, lending), None
        heard, held = time.monotonic(), False
        try:
            while second is None or lending.left:
                runs = [first] if second is None else [first, second]
                if stop.is_set() and not held:
                    _hold(runs)
                    held = True
                ready = ray.wait([run.batches for run in runs], timeout=POLL_S)[0]
                if not ready:
                    silent_s = time.monotonic() - heard
                    self._end_when_stalled(worker, silent_s)
                    if second is None and not held and silent_s > self._engine.straggler_s:
                        second = self._second(lending)
                    continue
                heard = time.monotonic()
                run = next(run for run in runs if run.batches is ready[0])
                try:
                    batch = own_errors(next(run.batches))
                except (StopIteration, RayActorError) as end:
                    if run is not first:
                        self._without(run, end)
                        second = None
                        continue
                    if isinstance(end, RayActorError):
                        raise
                    return
                yield batch
        except GeneratorExit:  # whoever asked has an error of its own
            _hold([first])
            raise
        finally:
            if second is not None:
                first.worker.actor.abandon.remote(first.call)
                self._without(second, None)

    def _start(self, worker: Worker, lending: Lending) -> Run:
        call = next(_calls)
        return Run(worker, call, worker.actor.solve.remote(call, self._shard, list(lending.left)))

    def _second(self, lending: Lending) -> Run | None:
        """What is late, once more, on an actor that has nothing to do, if there is one."""
        worker = self._workers.borrow_idle()
        if worker is None:
            return None
        _log.info("%d cases are late; an idle worker process takes them up as well.", len(lending.left))
        try:
            self._prepare(worker)
        except RayActorError as death:
            self._workers.bury(worker, death, begun=False)
            self._workers.give_back(worker, alone=True)
            return None
        return self._start(worker, lending)

    def _without(self, second: Run, end: Exception | None) -> None:
        """Give the actor of a second run back; ``end`` says how it ended, None that it is not needed any more."""
        if isinstance(end, RayActorError):
            self._workers.bury(second.worker, end, begun=True)
        elif end is None:
            second.worker.actor.abandon.remote(second.call)
        self._workers.give_back(second.worker, alone=True)

    def _end_when_stalled(self, worker: Worker, silent_s: float) -> None:
        if silent_s > self._engine.stall_s:
            _log.warning("a worker process said nothing for %.0f s; it is ended.", silent_s)
            ray.kill(worker.actor)  # the next look at its stream raises RayActorError


def _hold(runs: Sequence[Run]) -> None:
    for run in runs:
        run.worker.actor.hold.remote(run.call)
