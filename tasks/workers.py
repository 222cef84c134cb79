"""Which actors there are, and who works on what: the pool's book-keeping.

``engine.actors`` is how many are asked for. Those that the cluster has room for work; the others join when room appears, so that
the pool grows and shrinks with the cluster.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from tasks.actor import start_learner
from tasks.cluster import alive_nodes
from tasks.engine import SHARDS_A_PROCESS
from tasks.model_actors import start_hosts
from vilomem_core.errors import SettingsError, ViLoMemError
from vilomem_core.settings.tree import Settings

_log = logging.getLogger("vilomem")
POLL_S = 0.25
REMIND_S = 60.0  # how often it is said that no actor has found room
IDLE_DEATHS = 5  # in a row and with no case under way, before it is taken for the models' fault and not a machine's


@dataclass(eq=False)
class Worker:
    """One actor. ``loading`` is a reference to its node's id, there once its models are loaded; ``lent`` counts its shards."""

    actor: Any
    loading: Any
    node: str = ""
    lent: int = 0


class Workers:
    """Actors that are lent to shards, from many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._hosts = start_hosts(settings)
        self._change = threading.Condition()
        self._alone_wanted = 0
        self._idle_deaths = 0
        self._members = [self._start() for _ in range(settings.engine.actors)]

    def borrow(self, stop: threading.Event, alone: bool = False) -> Worker | None:
        """The least busy actor that is ready, or with ``alone`` one that does nothing else. Waits; None once ``stop`` is set.

        Raises the errors of back ends as they are, and ``SettingsError`` when actors die again and again while they load.
        """
        begun = reminded = time.monotonic()
        with self._change:
            self._alone_wanted += alone
            try:
                while not stop.is_set():
                    worker = self._free(alone)
                    if worker is not None:
                        worker.lent += SHARDS_A_PROCESS if alone else 1
                        return worker
                    self._change.wait(POLL_S)
                    if time.monotonic() - reminded > REMIND_S and not any(member.node for member in self._members):
                        reminded = time.monotonic()
                        _log.warning("no actor is ready after %.0f s: %s", reminded - begun, self._wanted())
                return None
            finally:
                self._alone_wanted -= alone

    def give_back(self, worker: Worker, alone: bool = False) -> None:
        with self._change:
            worker.lent -= SHARDS_A_PROCESS if alone else 1
            if worker in self._members:  # not buried: it came through
                self._idle_deaths = 0
            self._change.notify_all()

    def bury(self, worker: Worker, death: RayActorError, begun: bool) -> bool:
        """Put a new actor in the place of one that died. True when its whole node is gone: then no case is to blame.

        ``begun`` says that a case can have been under way. Raises ``SettingsError`` when actors without a case die again and again.
        """
        with self._change:
            if worker in self._members:
                ray.kill(worker.actor)  # one that only could not be reached must not live on beside the new one
                self._replace(self._members.index(worker), death, begun)
        return worker.node not in alive_nodes()

    def borrow_idle(self) -> Worker | None:
        """An actor that is ready and has nothing to do, if there is one now; it is given back as one that was borrowed alone."""
        with self._change:
            worker = self._free(alone=True)
            if worker is not None:
                worker.lent += SHARDS_A_PROCESS
            return worker

    def close(self) -> None:
        for actor in (*(worker.actor for worker in self._members), *(host for some in self._hosts.values() for host in some)):
            ray.kill(actor)

    def _free(self, alone: bool) -> Worker | None:
        if self._alone_wanted and not alone:
            return None  # shards would never leave an actor to itself
        self._take_in()
        room = 0 if alone else SHARDS_A_PROCESS - 1
        return min(
            (member for member in self._members if member.node and member.lent <= room),
            key=lambda member: member.lent,
            default=None,
        )

    def _take_in(self) -> None:
        """Note which actors have loaded their models, and start those again that died over it."""
        for place, worker in enumerate(self._members):
            if worker.node or not ray.wait([worker.loading], timeout=0)[0]:
                continue
            try:
                worker.node = own_errors(worker.loading)
            except RayActorError as exc:
                self._replace(place, exc, begun=False)

    def _replace(self, place: int, death: RayActorError, begun: bool) -> None:
        self._idle_deaths += not begun
        if self._idle_deaths >= IDLE_DEATHS:
            last = str(death).strip().rpartition("\n")[2]
            raise SettingsError(
                f"worker processes die while they load models or memory: {last}",
                "Is there enough memory? --verbose shows their logs.",
            )
        _log.warning("a worker process ended; a new one takes its place.")
        self._members[place] = self._start()

    def _start(self) -> Worker:
        actor = start_learner(self._settings, self._hosts)
        return Worker(actor, actor.load.remote())

    def _wanted(self) -> str:
        engine = self._settings.engine
        return (
            f"each of {engine.actors} needs {engine.cpus_per_actor:g} CPUs and {engine.gpus_per_actor:g} GPUs. "
            f"Free in the cluster: {ray.available_resources()}."
        )


def own_errors(reference: Any) -> Any:
    """``ray.get``, with errors of this project as they were raised, not wrapped with the trace of another process."""
    try:
        return ray.get(reference)
    except RayTaskError as exc:
        if isinstance(exc.cause, ViLoMemError):
            raise exc.cause from None
        raise
