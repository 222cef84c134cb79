"""What became of every recall, worked out by DuckDB where the attempts lie."""

from __future__ import annotations

from storage.table import Table
from storage.views import view_definitions
from vilomem_core.consolidation.forgetting import RecallOutcome
from vilomem_core.types import VerdictStatus

_QUERY = "SELECT memory_id, case_key, verdict_status, baseline_status, round FROM ({view}) ORDER BY memory_id, case_key, round"


def recall_outcomes(attempts: Table) -> list[RecallOutcome]:
    """One outcome for each memory of each attempt; the baseline is the same model's verdict on the case without any memory."""
    import duckdb  # here, as whoever only recalls need not wait for it

    from storage.relation import Relation

    with duckdb.connect(":memory:") as connection:
        connection.register("attempts", Relation(attempts))
        rows = connection.sql(_QUERY.format(view=view_definitions()["v_recall"])).to_arrow_table()
    return [
        RecallOutcome(
            memory_id=row["memory_id"],
            case_key=row["case_key"],
            verdict=VerdictStatus(row["verdict_status"]),
            baseline_verdict=None if row["baseline_status"] is None else VerdictStatus(row["baseline_status"]),
            round=row["round"],
        )
        for batch in rows.to_batches()
        for row in batch.to_pylist()
    ]
