"""The publish flow: an immutable snapshot of the active memories, released by evidence (ARCHITECTURE.md, decision 10)."""

from __future__ import annotations

from prefect import flow

from flows.replay import NO_MEMORY, compare_arms, replay, suspects
from storage.snapshots import publish as publish_snapshot
from storage.snapshots import set_release
from tasks.session import Session
from vilomem_core.evaluation import ReleaseEvidence, release_gate, write_evidence
from vilomem_core.ids import CaseKeys
from vilomem_core.types import SnapshotRecord


@flow(name="publish", flow_run_name="publish-{session.store_name}", validate_parameters=False, persist_result=False)
def publish(session: Session, held_out: CaseKeys) -> SnapshotRecord:
    """Publish the active memories. With held-out cases, ``latest`` moves only when the paired replay passes the release gate.

    Without held-out cases the snapshot is marked unevaluated, and ``latest`` moves; memories that a trial rejected before stay rejected.
    """
    session.progress.start("publishing", None)
    current = session.store.latest_snapshot()
    parent = current.id if current else NO_MEMORY
    record = publish_snapshot(session.store, parent_id=parent)
    if record.id == parent:
        return record
    if not held_out:
        if record.evidence != "{}":  # these memories were on trial before: what it found stands
            released = record.status == "released"
            return set_release(session.store, record.id, status=record.status, evidence=record.evidence, move_latest=released)
        return set_release(session.store, record.id, status="unevaluated", evidence="{}", move_latest=True)
    baseline = replay(session, held_out, NO_MEMORY)
    candidate = replay(session, held_out, record.id)
    against_none = compare_arms(baseline, candidate)
    against_current = compare_arms(replay(session, held_out, parent), candidate) if current else None
    decision = release_gate(against_current, against_none, session.settings.release, look=_looks(session) + 1)
    return set_release(
        session.store,
        record.id,
        status="released" if decision.released else "rejected",
        evidence=write_evidence(ReleaseEvidence(decision, against_none, against_current, suspects(baseline, candidate))),
        move_latest=decision.released,
    )


def _looks(session: Session) -> int:
    """How many snapshots of this store were judged before: the gate corrects for looking again."""
    return sum(record.evidence != "{}" for record in session.store.snapshots())
