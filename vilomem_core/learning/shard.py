"""Many cases through the loop at once, with a bound on how many are in flight."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from vilomem_core.errors import RunStopped, SettingsError
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import CaseLoop, stage_failure
from vilomem_core.learning.plan import CaseWork
from vilomem_core.learning.slots import Slots
from vilomem_core.types import CaseOutcome

INTERNAL_STAGE = "internal"  # an error that no back end owns up to: recorded with its traceback in the log, never retried


class ShardRun:
    """The cases of one shard on their way, started in order as ``slots`` become free.

    An unexpected error in one case becomes that case's failure and stops no other. ``RunStopped`` (a budget) and ``SettingsError``
    (a wrong key) are raised after the cases under way have ended, so that what they cost is not lost.
    """

    def __init__(self, loop: CaseLoop, works: Sequence[CaseWork], slots: Slots) -> None:
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
        self._feeder.add_done_callback(lambda _: self._tell_the_end())

    def hold(self) -> int:
        """Start no more cases; says how many were started. Those under way still come out."""
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
        """Give up what is under way: nobody waits for it any more."""
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
                self.hold()
            else:
                self._ended.put_nowait(task.result() if error is None else _internal_failure(self._loop, work, error))
        self._tell_the_end()

    def _tell_the_end(self) -> None:
        if self._feeder.done() and self._finished == self.started:
            self._ended.put_nowait(None)


def _internal_failure(loop: CaseLoop, work: CaseWork, error: BaseException) -> CaseOutcome:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    logging.getLogger("vilomem").error("case %s failed unexpectedly", work.case.id, exc_info=error)
    failure = stage_failure(loop.plan, work, INTERNAL_STAGE, error)
    return CaseOutcome(case_key(work.case), work.attempt, work.reflections, (), (failure,))
