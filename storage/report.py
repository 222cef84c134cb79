"""What a report shows of a store, gathered by SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from storage.analytics import Analytics
from storage.store import Store
from vilomem_core.evaluation import read_evidence
from vilomem_core.reporting import (
    FailureRow,
    LineageExample,
    MemoryRow,
    RejectedExample,
    RejectedGroup,
    ReportData,
    RoleCost,
    RoundRow,
    SnapshotRow,
)
from vilomem_core.types import RunRecord, Stream, Usage

MEMORIES_SHOWN = 40
EXAMPLES_SHOWN = 3

_ACCEPTED = "SELECT round, count(*) AS accepted FROM candidates WHERE accepted GROUP BY round"
_MEMORIES = f"""
    SELECT * EXCLUDE (rule_vector) FROM memories WHERE state = 'active'
    ORDER BY helped - harmed DESC, len(member_ids) DESC, id LIMIT {MEMORIES_SHOWN}
"""
_ACTIVE = "SELECT count(*) AS n FROM memories WHERE state = 'active'"
_REJECTED = """
    SELECT reject_category AS category, count(*) AS n, list({'case_id': case_id, 'guideline': guideline, 'reason': reject_reason}
    ORDER BY id)[:3] AS examples FROM candidates WHERE NOT accepted GROUP BY reject_category ORDER BY n DESC, category
"""
_FAILURES = """
    SELECT stage, error, count(*) AS n, bool_or(retryable) AS retryable, arg_max(case_id, try_number) AS case_id,
    arg_max(message, try_number) AS message FROM failures GROUP BY stage, error ORDER BY n DESC, stage, error
"""
_COSTS = """
    SELECT role, any_value(model) AS model, sum(calls) AS calls, sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens, sum(seconds) AS seconds FROM v_cost GROUP BY role ORDER BY role
"""
_MODELS = "SELECT DISTINCT model FROM attempts ORDER BY model"


def report_data(store: Store) -> ReportData:
    """Everything that the page shows; an empty store gives an empty report."""
    with Analytics(store) as analytics:

        def rows(query: str) -> list[dict[str, Any]]:
            return list(analytics.sql(query).to_pylist())

        models = [row["model"] for row in rows(_MODELS)]
        accepted = {row["round"]: row["accepted"] for row in rows(_ACCEPTED)}
        costs = rows(_COSTS)
        memories, active = rows(_MEMORIES), rows(_ACTIVE)[0]["n"]
        rejected, failures = rows(_REJECTED), rows(_FAILURES)
    snapshots = store.snapshots()
    sizes = {record.id: (record.visual, record.logic) for record in snapshots}
    latest = store.latest_snapshot()
    return ReportData(
        title="ViLoMem report",
        store=str(store.folder),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        simulated=any(model.startswith("simulated") for model in models),
        solver=", ".join(models),
        rounds=tuple(_round(run, accepted, sizes) for run in store.runs()),
        roles=tuple(_cost(row) for row in costs),
        active=active,
        memories=_memories(store, memories),
        rejected=tuple(_rejected(row) for row in rejected),
        failures=tuple(
            FailureRow(row["stage"], row["error"], row["n"], row["retryable"], row["case_id"], row["message"]) for row in failures
        ),
        snapshots=tuple(
            SnapshotRow(
                record.id,
                record.parent_id,
                record.created_at,
                record.status,
                record.visual,
                record.logic,
                record.checksum,
                current=latest is not None and record.id == latest.id,
                evidence=read_evidence(record.evidence),
            )
            for record in reversed(snapshots)
        ),
    )


def _round(run: RunRecord, accepted: dict[int, int], sizes: dict[str, tuple[int, int]]) -> RoundRow:
    visual, logic = sizes.get(run.published_id, (0, 0))
    seconds = 0.0
    if run.ended_at:
        seconds = (datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started_at)).total_seconds()
    return RoundRow(
        run.run_id, run.round, run.status, run.cases, run.correct, run.incorrect, run.undetermined, run.failed, run.candidates,
        accepted.get(run.round, 0), visual, logic, run.snapshot_id, run.published_id, seconds,
    )  # fmt: skip


def _cost(row: dict[str, Any]) -> RoleCost:
    usage = Usage(int(row["calls"]), int(row["prompt_tokens"]), int(row["completion_tokens"]), float(row["seconds"]))
    return RoleCost(row["role"], row.get("model", ""), usage)


def _memories(store: Store, rows: Sequence[dict[str, Any]]) -> tuple[MemoryRow, ...]:
    shown = {name for row in rows for name in row["member_ids"][:EXAMPLES_SHOWN]}
    examples: dict[str, LineageExample] = {}
    for candidate in store.candidates(sorted(shown)):
        examples[candidate.id] = LineageExample(candidate.id, candidate.case_id, candidate.question, candidate.guideline)
    return tuple(
        MemoryRow(
            id=row["id"],
            stream=Stream(row["stream"]),
            rule=row["rule"],
            subject=row["subject"],
            key_concepts=tuple(row["key_concepts"]),
            support=len(row["member_ids"]),
            origin=row["rule_origin"],
            state=row["state"],
            recalled=row["recalled"],
            helped=row["helped"],
            harmed=row["harmed"],
            pinned=row["pinned"],
            examples=tuple(examples[name] for name in row["member_ids"][:EXAMPLES_SHOWN] if name in examples),
        )
        for row in rows
    )


def _rejected(row: dict[str, Any]) -> RejectedGroup:
    examples = tuple(RejectedExample(item["case_id"], item["guideline"], item["reason"]) for item in row["examples"])
    return RejectedGroup(row["category"], row["n"], examples)
