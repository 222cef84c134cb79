"""The shards of a round: how large they are, and the Prefect tasks that solve one, stage what comes back, and commit it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from storage.commit import CommitReport, commit
from storage.staging import stage
from tasks.round_progress import works_left
from tasks.session import Session
from vilomem_core.errors import RunStopped, UserError
from vilomem_core.ids import case_key, content_id
from vilomem_core.learning.plan import LoopPlan
from vilomem_core.settings.tree import EngineSettings
from vilomem_core.types import CaseOutcome

MIN_CASES = 8  # a shard costs an orchestrator's task, some 20 ms of CPU
STAGE_EVERY_S = 5.0  # how much work a killed run may lose
STAGE_EVERY_CASES = 64


@dataclass(frozen=True, slots=True)
class Shard:
    """A slice of a round: case keys in order."""

    number: int
    keys: tuple[str, ...]


@task(name="solve-shard", task_run_name="shard-{shard.number}", cache_policy=NO_CACHE, persist_result=False)
def solve_shard(session: Session, plan: LoopPlan, folder: Path, shard: Shard) -> int:
    """Solve what is left of the shard and stage it in parts; returns how many cases were staged.

    After a stop request only cases under way are finished.
    """
    works = works_left(session.store, plan, shard.keys, session.settings.engine.case_tries)
    if not works or session.stop_requested.is_set():
        return 0
    by_key = {case_key(work.case): work for work in works}
    stager = Stager(folder)
    try:
        for outcome in session.engine.outcomes(works, session.stop_requested):
            stager.add(outcome)
            session.budgets.charge_outcome(by_key[outcome.case_key], outcome)
            if limit := session.budgets.exhausted():
                session.stop(limit)
            session.progress.advance(1)
    except RunStopped as reached:  # a server that stays away: the other shards stop, too
        session.stop(reached.message)
    except UserError as wrong:  # a wrong key is as wrong for them
        session.stop(wrong.message)
        raise
    finally:
        stager.flush()
    return stager.outcomes


@task(name="commit", cache_policy=NO_CACHE, persist_result=False)
def commit_staged(session: Session, folder: Path) -> CommitReport:
    """Commit the staged outcomes of ``folder`` in one step, as the single writer (ARCHITECTURE.md, decision 3); safe to be killed and repeated."""
    return commit(session.store, folder)


class Sharder:
    """Cuts ``keys`` into shards that take about ``engine.shard_seconds`` each, as measured so far.

    The first ones hold as many cases as an actor has under way. Towards the end they get smaller, so that no worker is left with a
    long one while the others have none. Where the cuts are does not change a result: ids come from cases.
    """

    def __init__(self, keys: Sequence[str], engine: EngineSettings, width: int) -> None:
        self._keys = keys
        self._engine = engine
        self._width = width
        self._next = self._number = self._done = 0
        self._begun = time.monotonic()

    def cut(self) -> Shard | None:
        """The next shard, None when there are no more keys."""
        left = len(self._keys) - self._next
        if not left:
            return None
        size = min(left, self._size(), max(-(-left // self._width), MIN_CASES))
        shard = Shard(self._number, tuple(self._keys[self._next : self._next + size]))
        self._next += size
        self._number += 1
        return shard

    def done(self, cases: int) -> None:
        """Note that so many cases were solved."""
        self._done += cases

    def _size(self) -> int:
        seconds = time.monotonic() - self._begun
        by_time = int(self._done / seconds * self._engine.shard_seconds / self._width) if seconds else 0
        return min(max(by_time, self._engine.in_flight), self._engine.shard_size)


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
