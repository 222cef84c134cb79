"""The Ray actors that solve cases: what runs in each of them, which there are, and which of them is free.

``engine.actors`` is how many are asked for. Those that the cluster has room for work; the others join when room appears, so that
the pool grows and shrinks with the cluster.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayActorError

from tasks.build_models import build_embedders, build_role_models
from tasks.cluster import alive_nodes, errors_as_raised
from tasks.engine import BATCH_CASES, BATCH_S, POLL_S, SHARDS_A_PROCESS
from tasks.model_actors import ModelActors, remote_models, start_model_actors
from vilomem_core.errors import SettingsError
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.learning.shard import CaseSlots, ShardRun
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.tree import Settings
from vilomem_core.types import CaseOutcome

_log = logging.getLogger("vilomem")
REMIND_S = 60.0  # how often it is said that no actor has found room
MAX_IDLE_DEATHS = 5  # in a row and with no case under way, before it is taken for the models' fault and not a machine's


class Learner:
    """The actor: one process that keeps its models from round to round; ``prepare`` gives it the round's plan and memory."""

    def __init__(self, settings: Settings, model_actors: ModelActors) -> None:
        self._settings = settings
        self._model_actors = model_actors
        self._round = ""
        self._loop: CaseLoop | None = None
        self._preparing = asyncio.Lock()
        self._slots = CaseSlots(settings.engine.in_flight)
        self._runs: dict[int, ShardRun] = {}
        self._stopped: set[int] = set()

    async def load(self) -> str:
        """Loads models and embedders; returns the node's id. Not done by the constructor, whose errors are an actor's death."""
        self._models = build_role_models(self._settings, remote_models(self._model_actors))
        self._embedders = build_embedders(self._settings)
        return str(ray.get_runtime_context().get_node_id())

    async def prepare(self, round_name: str, memory: Sequence[Any]) -> None:
        """Make the round's loop; ``memory`` holds references to the plan and the bank. Each call of ``solve`` needs it before."""
        async with self._preparing:  # two shards begin a round at once: the second must not close the loop of the first
            if self._round != round_name:
                plan: LoopPlan = await memory[0]
                bank: MemoryBank | None = await memory[1]
                recaller = Recaller(bank, plan.recall) if bank is not None and len(bank) else None
                if self._loop is not None:
                    self._loop.close()
                self._loop, self._round = CaseLoop(plan, self._models, self._embedders, recaller), round_name

    async def solve(self, call: int, works: Sequence[Any], positions: Sequence[int]) -> AsyncIterator[list[CaseOutcome]]:
        """Batches of outcomes of the works at ``positions``.

        ``works`` holds one reference to the shard's cases: pictures stay in the object store and are not copied for a retry.
        ``call`` names the call for ``stop`` and ``cancel``.
        """
        assert self._loop is not None, "prepare() comes first"
        shard: Sequence[CaseWork] = await works[0]
        run = self._runs[call] = ShardRun(self._loop, [shard[position] for position in positions], self._slots)
        try:
            if call in self._stopped:
                run.stop()
            while batch := await run.batch(BATCH_CASES, BATCH_S):
                yield batch
        finally:
            run.cancel()
            self._stopped.discard(call)
            del self._runs[call]

    async def stop(self, call: int) -> None:
        """Let that call start no more cases; those under way still come out."""
        self._stopped.add(call)
        if call in self._runs:
            self._runs[call].stop()

    async def cancel(self, call: int) -> None:
        """Give that call up at once: nobody waits for its cases any more."""
        self._stopped.add(call)  # it may not have begun
        if call in self._runs:
            self._runs[call].cancel()


def start_learner(settings: Settings, model_actors: ModelActors) -> Any:
    """A new actor. Ray neither restarts it nor repeats its calls: the pool does, because it knows what is done."""
    engine = settings.engine
    remote = ray.remote(num_cpus=engine.cpus_per_actor, num_gpus=engine.gpus_per_actor, max_restarts=0, max_task_retries=0)
    return remote(Learner).remote(settings, model_actors)


@dataclass(eq=False)
class Worker:
    """One actor. ``loading`` is a reference to its node's id, there once its models are loaded; ``shards`` is how many it works on."""

    actor: Any
    loading: Any
    node: str = ""
    shards: int = 0


class WorkerPool:
    """The workers, and who uses them; for many threads. A worker that is used alone counts as one that works on all it may."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model_actors = start_model_actors(settings)
        self._change = threading.Condition()
        self._alone_wanted = 0
        self._idle_deaths = 0
        self._rounds = itertools.count()
        self._round = ""
        self._memory: list[Any] = []
        self._workers = [self._start() for _ in range(settings.engine.actors)]

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        """Fix the plan and the memory that ``prepare`` gives to workers."""
        self._round = f"{next(self._rounds)} {plan.arm} {plan.snapshot_id}"
        self._memory = [ray.put(plan), ray.put(bank)]

    def prepare(self, worker: Worker) -> None:
        """Give a worker the round's plan and memory, if it has not got them yet. Raises ``RayActorError`` when it has died."""
        ray.get(worker.actor.prepare.remote(self._round, self._memory))

    def acquire(self, stop: threading.Event, alone: bool = False) -> Worker | None:
        """The least busy worker that is ready, or with ``alone`` one that does nothing else. Waits; None once ``stop`` is set.

        Raises the errors of back ends as they are, and ``SettingsError`` when workers die again and again while they load.
        """
        begun = reminded = time.monotonic()
        with self._change:
            self._alone_wanted += alone
            try:
                while not stop.is_set():
                    if worker := self._take(alone):
                        return worker
                    self._change.wait(POLL_S)
                    if time.monotonic() - reminded > REMIND_S and not any(worker.node for worker in self._workers):
                        reminded = time.monotonic()
                        _log.warning("no actor is ready after %.0f s: %s", reminded - begun, self._wanted())
                return None
            finally:
                self._alone_wanted -= alone

    def acquire_idle(self) -> Worker | None:
        """A worker that is ready and has nothing to do, if there is one now; it is released as one that was acquired alone."""
        with self._change:
            return self._take(alone=True)

    def release(self, worker: Worker, alone: bool = False) -> None:
        with self._change:
            worker.shards -= SHARDS_A_PROCESS if alone else 1
            if worker in self._workers:  # it was not replaced: it came through
                self._idle_deaths = 0
            self._change.notify_all()

    def replace(self, worker: Worker, death: RayActorError, started: bool) -> bool:
        """Start a new actor in the place of one that died. True when its whole node is gone: then no case is to blame.

        ``started`` says that a case can have been under way. Raises ``SettingsError`` when actors without a case die again and again.
        """
        with self._change:
            if worker in self._workers:
                ray.kill(worker.actor)  # one that only could not be reached must not live on beside the new one
                self._start_again(self._workers.index(worker), death, started)
        return worker.node not in alive_nodes()

    def close(self) -> None:
        for actor in (
            *(worker.actor for worker in self._workers),
            *(actor for some in self._model_actors.values() for actor in some),
        ):
            ray.kill(actor)

    def _take(self, alone: bool) -> Worker | None:
        if self._alone_wanted and not alone:
            return None  # shards would never leave a worker to itself
        self._note_loaded()
        room = 0 if alone else SHARDS_A_PROCESS - 1
        ready = [worker for worker in self._workers if worker.node and worker.shards <= room]
        chosen = min(ready, key=lambda worker: worker.shards, default=None)
        if chosen is not None:
            chosen.shards += SHARDS_A_PROCESS if alone else 1
        return chosen

    def _note_loaded(self) -> None:
        """Note which actors have loaded their models, and start those again that died over it."""
        for place, worker in enumerate(self._workers):
            if worker.node or not ray.wait([worker.loading], timeout=0)[0]:
                continue
            try:
                with errors_as_raised():
                    worker.node = ray.get(worker.loading)
            except RayActorError as exc:
                self._start_again(place, exc, started=False)

    def _start_again(self, place: int, death: RayActorError, started: bool) -> None:
        self._idle_deaths += not started
        if self._idle_deaths >= MAX_IDLE_DEATHS:
            last = str(death).strip().rpartition("\n")[2]
            raise SettingsError(
                f"worker processes die while they load models or memory: {last}",
                "Is there enough memory? --verbose shows their logs.",
            )
        _log.warning("a worker process ended; a new one takes its place.")
        self._workers[place] = self._start()

    def _start(self) -> Worker:
        actor = start_learner(self._settings, self._model_actors)
        return Worker(actor, actor.load.remote())

    def _wanted(self) -> str:
        engine = self._settings.engine
        return (
            f"each of {engine.actors} needs {engine.cpus_per_actor:g} CPUs and {engine.gpus_per_actor:g} GPUs. "
            f"Free in the cluster: {ray.available_resources()}."
        )
