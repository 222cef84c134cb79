"""The solve flow: one round's cases, shard by shard, over the engine; then one commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from storage.allocator import release_unused
from storage.snapshots import open_bank
from tasks.round_progress import RoundCounts, round_progress
from tasks.session import Session, stop_on_signals
from tasks.shards import Sharder, commit_staged, solve_shard
from vilomem_core.errors import RunStopped
from vilomem_core.ids import CaseKeys, content_id
from vilomem_core.learning.plan import LoopPlan


def solve_round(session: Session, plan: LoopPlan, keys: CaseKeys) -> RoundCounts:
    """Run the solve flow over ``keys`` with as many shards at once as the engine is wide."""
    runner: Any = ThreadPoolTaskRunner(max_workers=session.engine.width)
    return solve.with_options(task_runner=runner)(session, plan, keys)


@flow(name="solve", flow_run_name="solve-{plan.arm}-{plan.round}", validate_parameters=False, persist_result=False)
def solve(session: Session, plan: LoopPlan, keys: CaseKeys) -> RoundCounts:
    """Bring every case as far as it goes under ``plan``, with its snapshot pinned; the counts are read from the tables.

    Cases with transient failures get further passes, up to ``engine.case_tries``. Raises ``RunStopped`` after a stop.
    """
    with stop_on_signals(session):
        return _solve(session, plan, keys)


def _solve(session: Session, plan: LoopPlan, keys: CaseKeys) -> RoundCounts:
    folder = session.store.staging_folder(content_id("plan", plan.settings_digest, plan.snapshot_id, plan.arm, plan.round))
    commit_staged(session, folder)  # what a killed run left behind
    tries = session.settings.engine.case_tries
    progress = round_progress(session.store, plan, keys, tries)
    if progress.left:
        release_unused()  # of what was read to find out
        session.engine.begin(plan, open_bank(session.store, plan.snapshot_id) if plan.snapshot_id else None)
    for _ in range(tries):
        if not progress.left:
            break
        session.progress.start(f"solving ({plan.arm}, round {plan.round})", len(progress.left))
        _pass(session, plan, folder, progress.left)
        commit_staged(session, folder)
        if session.stop_requested.is_set():
            reason = session.stop_reason or "the run was stopped."
            raise RunStopped(f"{reason} What was solved is kept.", "Run the same command again to go on.")
        progress = round_progress(session.store, plan, progress.left, tries, progress.done)
    return progress.counts


def _pass(session: Session, plan: LoopPlan, folder: Path, keys: CaseKeys) -> None:
    """Every case once."""
    sharder = Sharder(keys, session.settings.engine, session.engine.width)
    under_way: set[PrefectFuture[int]] = set()
    while not session.stop_requested.is_set() and (shard := sharder.cut()):
        under_way.add(solve_shard.submit(session, plan, folder, shard))
        if len(under_way) > session.engine.width:  # one more than runs, so that no worker waits for the next
            ended = next(as_completed(list(under_way)))
            under_way.remove(ended)
            sharder.done(ended.result())
    for future in under_way:
        future.result()
