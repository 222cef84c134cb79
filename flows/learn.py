"""The learn flow: rounds of solve, reflect, consolidate and publish over one data set.

A run is named by its data and settings: starting it again resumes it, and a run that is complete costs nothing and changes no row,
unless cases failed and ``engine.case_tries`` was raised: then these are tried again, under the snapshot of their round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from prefect import flow

from flows.consolidate import ConsolidationReport, consolidate
from flows.ingest import Ingested, ingest
from flows.publish import publish
from flows.solve import solve_round
from tasks.build_models import loop_plan
from tasks.orchestrator import one_heartbeat
from tasks.round_progress import RoundCounts, another_try
from tasks.session import Session
from vilomem_core.errors import ModelError
from vilomem_core.ids import content_id
from vilomem_core.learning.plan import LoopPlan, Schedule, schedule
from vilomem_core.settings.load import settings_digest
from vilomem_core.types import RunRecord, SnapshotRecord

LEARN_ARM = "learn"


@dataclass(frozen=True, slots=True)
class RoundReport:
    """One round as its table row: the run record, and what consolidation and release made of it (None when it was done before)."""

    record: RunRecord
    consolidation: ConsolidationReport | None
    snapshot: SnapshotRecord | None


@dataclass(frozen=True, slots=True)
class LearnReport:
    """A whole run. ``resumed_rounds`` had been complete before this start."""

    run_id: str
    data: Ingested
    rounds: tuple[RoundReport, ...]
    resumed_rounds: int

    def check(self) -> None:
        """Raises ``ModelError`` where no model gave anything usable in the whole run: such a run is no success."""
        if self.failure:
            raise ModelError(f"{self.failure}.", "The view v_failures says why.")

    @property
    def failure(self) -> str:
        """What no model ever did in the whole run, empty when all is well."""
        records = [row.record for row in self.rounds]
        if records and all(record.failed == record.cases for record in records):
            return "no case was solved"
        wrong = sum(record.incorrect for record in records)
        return "no critic gave a usable reply" if wrong and sum(record.open_critics for record in records) == 2 * wrong else ""


@flow(name="learn", flow_run_name="learn-{session.store_name}", validate_parameters=False, persist_result=False)
def learn(session: Session) -> LearnReport:
    """Learn from ``settings.data`` in rounds. Raises ``RunStopped`` after a stop; what was solved is kept."""
    with one_heartbeat():
        return _rounds(session)


def _rounds(session: Session) -> LearnReport:
    data = ingest(session)
    plan = schedule(data.keys, data.digest, session.settings)
    known = {record.round: record for record in session.store.runs() if record.run_id == plan.run_id}
    reports = []
    for number in range(1, len(plan.rounds) + 1):
        record = known.get(number)
        if record is not None and record.status == "complete" and not _reopened(session, plan, number, record):
            reports.append(RoundReport(record, None, session.store.snapshot(record.published_id) if record.published_id else None))
        else:
            reports.append(_round(session, plan, data, number, record))
    resumed = sum(report.consolidation is None for report in reports)
    return LearnReport(plan.run_id, data, tuple(reports), resumed)


def _reopened(session: Session, plan: Schedule, number: int, record: RunRecord) -> bool:
    """Cases of a complete round failed, and ``engine.case_tries`` was raised since."""
    tries = session.settings.engine.case_tries
    return another_try(session.store, _loop(session, record), plan.rounds[number - 1], tries)


def _loop(session: Session, record: RunRecord) -> LoopPlan:
    return loop_plan(session.settings, snapshot_id=record.snapshot_id, arm=LEARN_ARM, round_number=record.round, reflect=True)


def _round(session: Session, plan: Schedule, data: Ingested, number: int, begun: RunRecord | None) -> RoundReport:
    """One round with its snapshot pinned from its first start on, whatever is published meanwhile."""
    record = begun or _begin(session, plan, data, number)
    counts = solve_round(session, _loop(session, record), plan.rounds[number - 1])
    # a start of its own for a round that was complete: its events are others
    consolidation = consolidate(session, content_id("cons", plan.run_id, number, *filter(None, [record.ended_at])))
    snapshot = publish(session, plan.held_out)
    ended = _end(record, counts, snapshot)
    session.store.save_run(ended)
    return RoundReport(ended, consolidation, snapshot)


def _begin(session: Session, plan: Schedule, data: Ingested, number: int) -> RunRecord:
    latest = session.store.latest_snapshot()
    record = RunRecord(
        id=content_id("round", plan.run_id, number),
        run_id=plan.run_id,
        round=number,
        arm=LEARN_ARM,
        dataset=data.digest,
        settings_digest=settings_digest(session.settings),
        snapshot_id=latest.id if latest else "",
        published_id="",
        status="running",
        started_at=_now(),
        ended_at="",
        cases=len(plan.rounds[number - 1]),
        correct=0,
        incorrect=0,
        undetermined=0,
        failed=0,
        candidates=0,
    )
    session.store.save_run(record)
    return record


def _end(record: RunRecord, counts: RoundCounts, snapshot: SnapshotRecord) -> RunRecord:
    return replace(
        record,
        published_id=snapshot.id,
        status="complete",
        ended_at=_now(),
        correct=counts.correct,
        incorrect=counts.incorrect,
        undetermined=counts.undetermined,
        failed=counts.failed,
        candidates=counts.guidelines,
        usage=counts.usage,
        open_critics=counts.open_critics,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
