"""The evaluate flow: the same cases under two snapshots, or with and without memory, compared case by case."""

from __future__ import annotations

from dataclasses import dataclass

from prefect import flow

from flows.ingest import ingest
from flows.replay import NO_MEMORY, NO_MEMORY_NAME, compare_arms, replay, suspects
from tasks.orchestrator import one_heartbeat
from tasks.session import Session
from vilomem_core.evaluation import MemoryBlame, PairedResult


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Two arms by name (``none`` or a snapshot's id), their paired result, and the memories that may have broken cases."""

    baseline: str
    candidate: str
    result: PairedResult
    suspects: tuple[MemoryBlame, ...]


@flow(name="evaluate", flow_run_name="evaluate-{snapshot}-against-{against}", validate_parameters=False, persist_result=False)
def evaluate(session: Session, snapshot: str, against: str) -> EvaluationReport:
    """Solve ``settings.data`` under both arms and compare. ``none`` means no memory; ids and ``latest`` name snapshots."""
    with one_heartbeat():
        data = ingest(session)
        names = [NO_MEMORY if name == NO_MEMORY_NAME else session.store.snapshot(name).id for name in (against, snapshot)]
        baseline, candidate = (replay(session, data.keys, name) for name in names)
    result = compare_arms(baseline, candidate)
    return EvaluationReport(names[0] or NO_MEMORY_NAME, names[1] or NO_MEMORY_NAME, result, suspects(baseline, candidate))
