"""The evaluate flow: paired replay of the same cases with and without memory (DESIGN, decision 10)."""

from __future__ import annotations

from dataclasses import dataclass

from prefect import flow

from flows.heartbeat import one_heartbeat
from flows.ingest import ingest
from flows.solve import solve_round
from tasks.casting import loop_plan
from tasks.session import Session
from vilomem_core.case_keys import CaseKeys
from vilomem_core.evaluation import MemoryBlame, PairedResult, blame, compare_paired
from vilomem_core.types import VerdictStatus

EVALUATION_ARM = "evaluate"
READ_AHEAD = 1000  # attempts read at once


@dataclass(frozen=True, slots=True)
class Arm:
    """The verdict of each case that was solved, and the ids of the memories in its prompt, by the case's key.

    ``snapshot_id`` is empty for no memory.
    """

    snapshot_id: str
    verdicts: dict[str, VerdictStatus]
    recalled: dict[str, tuple[str, ...]]


@flow(name="evaluate", flow_run_name="{snapshot_id}", validate_parameters=False, persist_result=False)
def run_arm(session: Session, keys: CaseKeys, snapshot_id: str) -> Arm:
    """Solve ``keys`` with a snapshot, or with none, without writing memory; replies that are known are not paid for again."""
    plan = loop_plan(session.settings, snapshot_id=snapshot_id, arm=EVALUATION_ARM, round_number=0, reflect=False)
    solve_round(session, plan, keys)
    verdicts: dict[str, VerdictStatus] = {}
    recalled: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(keys), READ_AHEAD):
        for attempt in session.store.attempts([plan.attempt_id(key) for key in keys[start : start + READ_AHEAD]]):
            verdicts[attempt.case_key] = attempt.verdict.status
            if attempt.hits:
                recalled[attempt.case_key] = tuple(hit.memory_id for hit in attempt.hits)
    return Arm(snapshot_id, verdicts, recalled)


def compare_arms(baseline: Arm, candidate: Arm) -> PairedResult:
    """Case by case: what the candidate arm fixed and broke."""
    return compare_paired(baseline.verdicts, candidate.verdicts)


def suspects(baseline: Arm, candidate: Arm) -> tuple[MemoryBlame, ...]:
    """The candidate arm's memories that were present where a case was broken, the most suspicious first."""
    return tuple(entry for entry in blame(baseline.verdicts, candidate.verdicts, candidate.recalled) if entry.result.broken)


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Two arms by name (``none`` or a snapshot's id), their paired result, and the memories that may have broken cases."""

    baseline: str
    candidate: str
    result: PairedResult
    suspects: tuple[MemoryBlame, ...]


@flow(name="evaluate-snapshot", validate_parameters=False, persist_result=False)
def evaluate(session: Session, snapshot: str, against: str) -> EvaluationReport:
    """Solve ``settings.data`` under both arms and compare. ``none`` means no memory; ids and ``latest`` name snapshots."""
    with one_heartbeat():
        data = ingest(session)
        names = ["" if name == "none" else session.store.snapshot(name).id for name in (against, snapshot)]
        baseline, candidate = (run_arm(session, data.keys, name) for name in names)
    result = compare_arms(baseline, candidate)
    return EvaluationReport(names[0] or "none", names[1] or "none", result, suspects(baseline, candidate))
