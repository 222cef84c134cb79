"""The publish flow: an immutable snapshot of the active memories, released by evidence (DESIGN, decision 10)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from prefect import flow

from flows.evaluate import compare_arms, run_arm
from storage.snapshots import publish as publish_snapshot
from storage.snapshots import set_release
from tasks.session import Session
from vilomem_core.evaluation import release_gate
from vilomem_core.types import SnapshotRecord

NO_MEMORY = ""


@flow(name="publish", validate_parameters=False, persist_result=False)
def publish(session: Session, held_out: Sequence[str]) -> SnapshotRecord:
    """Publish the active memories. With held-out cases, ``latest`` moves only when the paired replay passes the release gate.

    Without held-out cases the snapshot is marked unevaluated, and ``latest`` moves.
    """
    session.progress.start("publishing", None)
    current = session.store.latest_snapshot()
    parent = current.id if current else NO_MEMORY
    record = publish_snapshot(session.store, parent_id=parent)
    if record.id == parent:
        return record
    if not held_out:
        return set_release(session.store, record.id, status="unevaluated", evidence="{}", move_latest=True)
    baseline = run_arm(session, held_out, NO_MEMORY)
    candidate = run_arm(session, held_out, record.id)
    against_none = compare_arms(baseline, candidate)
    against_current = compare_arms(run_arm(session, held_out, parent), candidate) if current else against_none
    decision = release_gate(against_current, against_none, session.settings.release)
    evidence = {
        "decision": asdict(decision),
        "against_no_memory": asdict(against_none),
        "against_current": asdict(against_current) if current else None,
    }
    return set_release(
        session.store,
        record.id,
        status="released" if decision.released else "rejected",
        evidence=json.dumps(evidence, sort_keys=True),
        move_latest=decision.released,
    )
