"""Many cases through the loop at once, with a bound on how many are in flight."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Sequence

from vilomem_core.errors import RunStopped, SettingsError
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import CaseLoop, stage_failure
from vilomem_core.learning.plan import CaseWork
from vilomem_core.types import CaseOutcome

INTERNAL_STAGE = "internal"  # an unexpected internal error: recorded, with its traceback in the log, and never retried


class ShardRun:
    """The cases of one shard under way, started in order as ``slots`` become free.

    An unexpected error in one case becomes that case's failure and stops no other. ``RunStopped`` (a budget) and ``SettingsError``
    (a wrong key) are raised after the cases under way have ended, so that what they cost is not lost.
    """

    def __init__(self, loop: CaseLoop, works: Sequence[CaseWork], slots: CaseSlots) -> None:
        """Begins at once; needs a running event loop."""
        self.started = 0  # cases, in order
        self._loop = loop
        self._works = works
        self._slots = slots
        self._finished = 0
        self._ended: asyncio.Queue[CaseOutcome | None] = asyncio.Queue()
        self._error: RunStopped | SettingsError | None = None
        self._under_way: set[asyncio.Task[CaseOutcome]] = set()
        self._feeder = asyncio.ensure_future(self._feed(slots.next_turn()))
        self._feeder.add_done_callback(lambda _: self._announce_end())

    def stop(self) -> int:
        """Start no more cases; returns how many were started. Those under way still come out."""
        self._feeder.cancel()
        return self.started

    async def batch(self, most: int, within_s: float) -> list[CaseOutcome]:
        """The next outcomes, as cases finish: at least one, and what follows it soon. Empty when all have come out."""
        first = await self._ended.get()
        if first is None:
            self._ended.put_nowait(None)
            if self._error is not None:
                raise self._error
            return []
        found = [first]
        try:
            async with asyncio.timeout(within_s):
                while len(found) < most:
                    outcome = await self._ended.get()
                    if outcome is None:
                        self._ended.put_nowait(None)
                        break
                    found.append(outcome)
        except TimeoutError:
            pass
        return found

    def cancel(self) -> None:
        """Give up what is under way at once: nobody waits for it any more."""
        self._feeder.cancel()
        for task in self._under_way:
            task.cancel()

    async def _feed(self, turn: int) -> None:
        for work in self._works:
            await self._slots.take(turn)
            self.started += 1
            task = asyncio.ensure_future(self._loop.advance(work))
            self._under_way.add(task)
            task.add_done_callback(lambda task, work=work: self._finish(work, task))  # type: ignore[misc]

    def _finish(self, work: CaseWork, task: asyncio.Task[CaseOutcome]) -> None:
        self._slots.give()
        self._under_way.discard(task)
        self._finished += 1
        if not task.cancelled():
            error = task.exception()
            if isinstance(error, RunStopped | SettingsError):
                self._error = error
                self.stop()
            else:
                self._ended.put_nowait(task.result() if error is None else _internal_failure(self._loop, work, error))
        self._announce_end()

    def _announce_end(self) -> None:
        if self._feeder.done() and self._finished == self.started:
            self._ended.put_nowait(None)


def _internal_failure(loop: CaseLoop, work: CaseWork, error: BaseException) -> CaseOutcome:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    logging.getLogger("vilomem").error("case %s failed unexpectedly", work.case.id, exc_info=error)
    failure = stage_failure(loop.plan, work, INTERNAL_STAGE, error)
    return CaseOutcome(case_key(work.case), work.attempt, work.reflections, (), (failure,))


class CaseSlots:
    """How many cases one process has under way, over all shards that it works on. For one event loop.

    Whoever has the earlier turn goes first: a process finishes one shard before it fills up with the next, and never runs empty
    between the two.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._turns = itertools.count()
        self._arrivals = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    def next_turn(self) -> int:
        """A place in the queue, behind all that were given before."""
        return next(self._turns)

    async def take(self, turn: int) -> None:
        """Wait for a slot; each needs its ``give``."""
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (turn, next(self._arrivals), place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give()
            raise

    def give(self) -> None:
        while self._waiting:
            _, _, place = heapq.heappop(self._waiting)
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
