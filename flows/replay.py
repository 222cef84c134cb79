"""The replay flow: one arm of a paired evaluation, the same cases with one snapshot or with none (ARCHITECTURE.md, decision 10)."""

from __future__ import annotations

from dataclasses import dataclass

from prefect import flow
from prefect.runtime import flow_run

from flows.solve import solve_round
from tasks.build_models import loop_plan
from tasks.session import Session
from vilomem_core.evaluation import MemoryBlame, PairedResult, blame, compare_paired
from vilomem_core.ids import CaseKeys
from vilomem_core.types import VerdictStatus

EVALUATION_ARM = "evaluate"
READ_AHEAD = 1000  # attempts read at once
NO_MEMORY = ""  # instead of a snapshot's id
NO_MEMORY_NAME = "none"  # what users call it


@dataclass(frozen=True, slots=True)
class Arm:
    """The verdict of each case that was solved, and the ids of the memories in its prompt, by the case's key.

    ``snapshot_id`` is ``NO_MEMORY`` for the baseline.
    """

    snapshot_id: str
    verdicts: dict[str, VerdictStatus]
    recalled: dict[str, tuple[str, ...]]


def _run_name() -> str:
    return f"replay-{flow_run.parameters['snapshot_id'] or NO_MEMORY_NAME}"


@flow(name="replay", flow_run_name=_run_name, validate_parameters=False, persist_result=False)
def replay(session: Session, keys: CaseKeys, snapshot_id: str) -> Arm:
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
