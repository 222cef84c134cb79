"""Tables as DuckDB reads them, the named views, and what became of every recall.

Each file of ``storage/sql`` is a view, by its name. DuckDB itself is imported where it is used: whoever only recalls need not wait.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from storage.tables import Table
from vilomem_core.consolidation.forgetting import RecallOutcome
from vilomem_core.types import VerdictStatus

_RECALLS = "SELECT memory_id, case_key, verdict_status, baseline_status, round FROM ({view}) ORDER BY memory_id, case_key, round"


def view_definitions() -> dict[str, str]:
    """Every view with its query, in name order."""
    folder = resources.files("storage") / "sql"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8") for entry in files}


class Relation(ds.Dataset):  # type: ignore[misc]  # pyarrow is untyped
    """A ``Table`` in the shape of an Arrow dataset: DuckDB asks a dataset for the columns and rows that a query is about.

    It is a dataset by its class only, for DuckDB looks at the class; nothing but ``schema`` and ``scanner`` may be used.
    """

    def __init__(self, table: Table) -> None:  # the base class must not be initialised: it holds no dataset of its own
        self._table = table
        self._schema = table.schema.remove_metadata()

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    def scanner(
        self,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,  # noqa: A002  # DuckDB calls it by this name
        **_: Any,
    ) -> ds.Scanner:
        """A fresh stream of ``columns``; ``filter`` is applied to the stream."""
        names = list(self._schema.names if columns is None else columns)
        needed = names + [name for name in self._schema.names if name not in names and _mentions(filter, name)]
        return ds.Scanner.from_batches(self._table.scan(needed), columns=names, filter=filter)


def _mentions(expression: pc.Expression | None, column: str) -> bool:
    """Whether an expression may be about a column; its text may name it without being so, which costs only time."""
    return expression is not None and re.search(rf"\b{re.escape(column)}\b", str(expression)) is not None


def recall_outcomes(attempts: Table) -> list[RecallOutcome]:
    """One outcome for each memory of each attempt; the baseline is the same model's verdict on the case without any memory."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.register("attempts", Relation(attempts))
        rows = connection.sql(_RECALLS.format(view=view_definitions()["v_recall"])).to_arrow_table()
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
