"""The solve flow: one round's cases, shard by shard, over the engine; then one commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from storage.banks import open_bank
from tasks.commit import commit_staged
from tasks.remaining import RoundCounts, count, standings
from tasks.session import Session
from tasks.shard import Shard, ShardReport, solve_shard
from vilomem_core.errors import RunStopped
from vilomem_core.ids import content_id
from vilomem_core.learning.plan import LoopPlan

SHARDS_AHEAD = 2  # submitted for each one under way: no actor waits, and the queue does not grow with the data set


def solve_round(session: Session, plan: LoopPlan, keys: Sequence[str]) -> RoundCounts:
    """Run the solve flow over ``keys`` with as many shards at once as the engine is wide."""
    runner: Any = ThreadPoolTaskRunner(max_workers=session.engine.width)
    return solve.with_options(task_runner=runner)(session, plan, tuple(keys))


@flow(name="solve", flow_run_name="{plan.arm}-{plan.round}", validate_parameters=False, persist_result=False)
def solve(session: Session, plan: LoopPlan, keys: Sequence[str]) -> RoundCounts:
    """Bring every case as far as it goes under ``plan``, with its snapshot pinned; the counts are read from the tables.

    Cases that fail for a passing reason get further passes, up to ``engine.case_tries``. Raises ``RunStopped`` after a stop.
    """
    size = session.settings.engine.shard_size
    shards = [Shard(number, tuple(keys[start : start + size])) for number, start in enumerate(range(0, len(keys), size))]
    folder = session.store.staging_folder(content_id("plan", plan.settings_digest, plan.snapshot_id, plan.arm, plan.round))
    commit_staged(session, folder)  # what a killed run left behind
    if any(_is_open(session, plan, shard) for shard in shards):
        session.engine.begin(plan, open_bank(session.store, plan.snapshot_id) if plan.snapshot_id else None)
        for _ in range(session.settings.engine.case_tries):
            session.progress.start(f"solving ({plan.arm}, round {plan.round})", len(keys))
            retryable = _pass(session, plan, folder, shards)
            commit_staged(session, folder)
            if session.stop.is_set():
                reason = session.stop_reason or "the run was stopped."
                raise RunStopped(f"{reason} What was solved is kept.", "Run the same command again to go on.")
            if not retryable:
                break
    return _counts(session, plan, shards)


def _pass(session: Session, plan: LoopPlan, folder: Path, shards: Sequence[Shard]) -> int:
    """Every shard once; returns how many cases failed for a reason that may pass."""
    under_way: deque[PrefectFuture[ShardReport]] = deque()
    retryable = 0
    for shard in shards:
        if len(under_way) >= SHARDS_AHEAD * session.engine.width:
            retryable += under_way.popleft().result().retryable
        under_way.append(solve_shard.submit(session, plan, folder, shard))
    return retryable + sum(future.result().retryable for future in under_way)


def _is_open(session: Session, plan: LoopPlan, shard: Shard) -> bool:
    limit = session.settings.engine.case_tries
    return any(standing.worth_a_try(plan.reflect, limit) for standing in standings(session.store, plan, shard.keys))


def _counts(session: Session, plan: LoopPlan, shards: Sequence[Shard]) -> RoundCounts:
    total = RoundCounts()
    for shard in shards:
        for standing in standings(session.store, plan, shard.keys):
            total += count(standing, plan.reflect)
    return total
