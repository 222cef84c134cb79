"""Many cases through the loop at once, with a bound on how many are in flight."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

from vilomem_core.errors import RunStopped, SettingsError
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import CaseLoop, stage_failure
from vilomem_core.learning.plan import CaseWork
from vilomem_core.types import CaseOutcome

INTERNAL_STAGE = "internal"  # an error that no back end owns up to: recorded with its traceback in the log, never retried


async def run_cases(loop: CaseLoop, works: Sequence[CaseWork], in_flight: int) -> AsyncIterator[CaseOutcome]:
    """Outcomes as cases finish, at most ``in_flight`` under way.

    An unexpected error in one case becomes that case's failure and stops no other. ``RunStopped`` (a budget) and ``SettingsError``
    (a wrong key) are raised after the cases under way have ended, so that what they cost is not lost.
    """
    waiting = iter(works)
    running: dict[asyncio.Task[CaseOutcome], CaseWork] = {}
    stopped: RunStopped | SettingsError | None = None

    def start_next() -> None:
        work = next(waiting, None)
        if work is not None:
            running[asyncio.ensure_future(loop.advance(work))] = work

    for _ in range(in_flight):
        start_next()
    while running:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            work = running.pop(task)
            error = task.exception()
            if isinstance(error, RunStopped | SettingsError):
                stopped = error
                continue
            if stopped is None:
                start_next()
            yield task.result() if error is None else _internal_failure(loop, work, error)
    if stopped is not None:
        raise stopped


def _internal_failure(loop: CaseLoop, work: CaseWork, error: BaseException) -> CaseOutcome:
    if not isinstance(error, Exception):
        raise error
    logging.getLogger("vilomem").error("case %s failed unexpectedly", work.case.id, exc_info=error)
    failure = stage_failure(loop.plan, work, INTERNAL_STAGE, error)
    return CaseOutcome(case_key(work.case), work.attempt, work.reflections, (), (failure,))
