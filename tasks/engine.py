"""Where cases are solved: one small protocol, two engines (in this process, or on Ray actors)."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from tasks.build_models import build_embedders, build_role_models
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.learning.shard import CaseSlots, ShardRun
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.tree import Settings
from vilomem_core.types import CaseOutcome

Result = TypeVar("Result")
SHARDS_A_PROCESS = 2  # the next one fills the slots that the last cases of the first leave empty
BATCH_CASES = 16  # outcomes that travel together: fewer messages,
BATCH_S = 0.25  # and little is lost with a process that dies
POLL_S = 0.25  # how soon a stop request is noticed


class Engine(Protocol):
    """Solves shards of cases; models stay loaded from round to round."""

    @property
    def width(self) -> int:
        """How many shards it works on at once."""
        ...

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        """Fix the plan and the memory for the shards that follow."""
        ...

    def outcomes(self, works: Sequence[CaseWork], stop: threading.Event) -> Iterator[CaseOutcome]:
        """The outcome of every case, as cases finish. May be called from ``width`` threads at once.

        Once ``stop`` is set no case is started any more; the outcomes of those under way still come.
        """
        ...

    def close(self) -> None: ...


class InlineEngine:
    """Solves in this process: an event loop on a thread of its own, where all shards share ``engine.in_flight`` slots."""

    width = SHARDS_A_PROCESS

    def __init__(self, settings: Settings) -> None:
        self._models = build_role_models(settings)
        self._embedders = build_embedders(settings)
        self._slots = CaseSlots(settings.engine.in_flight)
        self._loop: CaseLoop | None = None
        self._events = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._events.run_forever, name="vilomem-engine", daemon=True)
        self._thread.start()

    def begin(self, plan: LoopPlan, bank: MemoryBank | None) -> None:
        recaller = Recaller(bank, plan.recall) if bank is not None and len(bank) else None
        if self._loop is not None:
            self._loop.close()
        self._loop = CaseLoop(plan, self._models, self._embedders, recaller)

    def outcomes(self, works: Sequence[CaseWork], stop: threading.Event) -> Iterator[CaseOutcome]:
        assert self._loop is not None, "begin() comes first"
        ended: queue.SimpleQueue[list[CaseOutcome]] = queue.SimpleQueue()
        run = self._call(self._start(self._loop, works))
        pump = asyncio.run_coroutine_threadsafe(_pump(run, ended), self._events)
        pump.add_done_callback(lambda _: ended.put([]))
        stopped = False
        try:
            while True:
                if stop.is_set() and not stopped:
                    self._events.call_soon_threadsafe(run.stop)
                    stopped = True
                try:
                    batch = ended.get(timeout=None if stopped else POLL_S)
                except queue.Empty:
                    continue
                if not batch:
                    break
                yield from batch
            pump.result()
        finally:
            self._events.call_soon_threadsafe(run.cancel)  # has no effect when all have come out

    async def _start(self, loop: CaseLoop, works: Sequence[CaseWork]) -> ShardRun:
        return ShardRun(loop, works, self._slots)

    def _call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._events).result()

    def close(self) -> None:
        self._call(self._models.aclose())
        self._events.call_soon_threadsafe(self._events.stop)
        self._thread.join()
        if self._loop is not None:
            self._loop.close()
        self._events.run_until_complete(self._events.shutdown_default_executor())
        self._events.close()


async def _pump(run: ShardRun, ended: queue.SimpleQueue[list[CaseOutcome]]) -> None:
    while batch := await run.batch(BATCH_CASES, BATCH_S):
        ended.put(batch)
