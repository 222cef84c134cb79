"""The solve flow: one round's cases, shard by shard, over the engine; then one commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows.signals import ends_early
from storage.banks import open_bank
from storage.memory import release_unused
from tasks.commit import commit_staged
from tasks.remaining import RoundCounts, Standing, count, standings
from tasks.session import Session
from tasks.shard import ShardReport, solve_shard
from tasks.sharding import Sharder
from vilomem_core.case_keys import CaseKeys
from vilomem_core.errors import RunStopped
from vilomem_core.ids import content_id
from vilomem_core.learning.plan import LoopPlan

READ_CASES = 1000  # whose standing is read at once


def solve_round(session: Session, plan: LoopPlan, keys: CaseKeys) -> RoundCounts:
    """Run the solve flow over ``keys`` with as many shards at once as the engine is wide."""
    runner: Any = ThreadPoolTaskRunner(max_workers=session.engine.width)
    return solve.with_options(task_runner=runner)(session, plan, keys)


@flow(name="solve", flow_run_name="solve-{plan.arm}-{plan.round}", validate_parameters=False, persist_result=False)
def solve(session: Session, plan: LoopPlan, keys: CaseKeys) -> RoundCounts:
    """Bring every case as far as it goes under ``plan``, with its snapshot pinned; the counts are read from the tables.

    Cases that fail for a passing reason get further passes, up to ``engine.case_tries``. Raises ``RunStopped`` after a stop.
    """
    with ends_early(session):
        return _solve(session, plan, keys)


def _solve(session: Session, plan: LoopPlan, keys: CaseKeys) -> RoundCounts:
    folder = session.store.staging_folder(content_id("plan", plan.settings_digest, plan.snapshot_id, plan.arm, plan.round))
    commit_staged(session, folder)  # what a killed run left behind
    left = _left(session, plan, keys)
    if left:
        release_unused()  # of what was read to find out
        session.engine.begin(plan, open_bank(session.store, plan.snapshot_id) if plan.snapshot_id else None)
        for _ in range(session.settings.engine.case_tries):
            session.progress.start(f"solving ({plan.arm}, round {plan.round})", len(left))
            retryable = _pass(session, plan, folder, left)
            commit_staged(session, folder)
            if session.stop.is_set():
                reason = session.stop_reason or "the run was stopped."
                raise RunStopped(f"{reason} What was solved is kept.", "Run the same command again to go on.")
            if not retryable:
                break
            left = _left(session, plan, left)
    return _counts(session, plan, keys)


def _pass(session: Session, plan: LoopPlan, folder: Path, keys: CaseKeys) -> int:
    """Every case once; returns how many cases failed for a reason that may pass."""
    sharder = Sharder(keys, session.settings.engine, session.engine.width)
    under_way: set[PrefectFuture[ShardReport]] = set()
    retryable = 0
    while not session.stop.is_set() and (shard := sharder.cut()):
        under_way.add(solve_shard.submit(session, plan, folder, shard))
        if len(under_way) > session.engine.width:  # one more than runs, so that no worker waits for the next
            ended = next(as_completed(list(under_way)))
            under_way.remove(ended)
            report = ended.result()
            sharder.done(report.outcomes)
            retryable += report.retryable
    return retryable + sum(future.result().retryable for future in under_way)


def _left(session: Session, plan: LoopPlan, keys: CaseKeys) -> CaseKeys:
    """The cases that another pass may bring further: shards of a round that was nearly done hold nothing else."""
    limit = session.settings.engine.case_tries
    return CaseKeys(standing.key for standing in _standings(session, plan, keys) if standing.worth_a_try(plan.reflect, limit))


def _counts(session: Session, plan: LoopPlan, keys: CaseKeys) -> RoundCounts:
    return sum((count(standing, plan.reflect) for standing in _standings(session, plan, keys)), RoundCounts())


def _standings(session: Session, plan: LoopPlan, keys: CaseKeys) -> Iterator[Standing]:
    for start in range(0, len(keys), READ_CASES):
        yield from standings(session.store, plan, keys[start : start + READ_CASES])
