"""The Prefect task that carries one shard of cases through the loop and stages what comes back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from storage.staging import stage
from tasks.remaining import works_left
from tasks.session import Session
from tasks.sharding import Shard
from tasks.spending import Spending
from vilomem_core.errors import RunStopped, UserError
from vilomem_core.ids import content_id
from vilomem_core.learning.plan import LoopPlan
from vilomem_core.types import CaseOutcome

STAGE_EVERY_S = 5.0  # how much work a killed run may lose
STAGE_EVERY_CASES = 64


@dataclass(frozen=True, slots=True)
class ShardReport:
    """What a shard did: outcomes staged now, and how many of their failures may pass on another try."""

    outcomes: int
    retryable: int


@task(name="solve-shard", task_run_name="shard-{shard.number}", cache_policy=NO_CACHE, persist_result=False)
def solve_shard(session: Session, plan: LoopPlan, folder: Path, shard: Shard) -> ShardReport:
    """Solve what is left of the shard and stage it in parts. After the wish to stop only cases under way are finished."""
    works = works_left(session.store, plan, shard.keys, session.settings.engine.case_tries)
    if not works or session.stop.is_set():
        return ShardReport(0, 0)
    stager, spending = Stager(folder), Spending(session, works)
    retryable = 0
    try:
        for outcome in session.engine.outcomes(works, session.stop):
            stager.add(outcome)
            spending.charge(outcome)
            session.progress.advance(1)
            retryable += any(failure.retryable for failure in outcome.failures)
    except RunStopped as reached:  # a server that stays away: the other shards end early too
        session.end_early(reached.message)
    except UserError as wrong:  # a wrong key is as wrong for them
        session.end_early(wrong.message)
        raise
    finally:
        stager.flush()
    return ShardReport(stager.outcomes, retryable)


class Stager:
    """Collects outcomes and stages them when enough have come or enough time has passed; names follow from content."""

    def __init__(self, folder: Path) -> None:
        self.outcomes = 0
        self._folder = folder
        self._waiting: list[CaseOutcome] = []
        self._last = time.monotonic()

    def add(self, outcome: CaseOutcome) -> None:
        self._waiting.append(outcome)
        if len(self._waiting) >= STAGE_EVERY_CASES or time.monotonic() - self._last > STAGE_EVERY_S:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            marks = [[outcome.case_key, max((f.try_number for f in outcome.failures), default=0)] for outcome in self._waiting]
            stage(self._folder, content_id("part", marks), self._waiting)
            self.outcomes += len(self._waiting)
        self._waiting, self._last = [], time.monotonic()
