"""SQL over a store: DuckDB in memory, reading the tables where they lie.

Tables are streamed from LanceDB through Arrow, for each query and only the columns it needs; nothing is copied into DuckDB. The
named views are the files of ``storage/sql``. A query can only read: other statements are refused, DuckDB may not touch files or
the network, and its settings are locked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from storage.schema import KEYS
from storage.store import Store
from storage.views import Relation, view_definitions
from vilomem_core.errors import UserError

_LOCKED = {
    "temp_directory": "''",
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",  # the last one
}


class Analytics:
    """The tables and views of an open store, for queries. A context manager; the store must stay open while it is used."""

    def __init__(self, store: Store) -> None:
        self._connection = duckdb.connect(":memory:")
        for name in KEYS:
            self._connection.register(name, Relation(store.tables[name]))
        self._connection.register("latest", pa.table({"snapshot_id": pa.array([store.latest_id() or None], type=pa.string())}))
        for name, query in view_definitions().items():
            self._connection.execute(f"CREATE VIEW {name} AS {query}")
        for setting, value in _LOCKED.items():
            self._connection.execute(f"SET {setting} = {value}")

    def sql(self, query: str) -> pa.Table:
        """The rows of one reading statement (SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE).

        Raises UserError, in one line, for any other statement and for a query that DuckDB refuses.
        """
        try:
            statements = self._connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UserError("only one statement that reads (SELECT …) is run.", _names_hint())
            return self._connection.sql(query).to_arrow_table()
        except (duckdb.Error, pa.ArrowException) as exc:
            raise UserError(_one_line(str(exc)), _names_hint()) from exc

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Analytics:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def run_sql(store: str | Path, query: str) -> tuple[list[Sequence[Any]], list[str]]:
    """The rows and column names of one query over the store at this path, which is opened read-only. Raises as ``Analytics.sql``."""
    with Store.open(store, read_only=True) as opened, Analytics(opened) as analytics:
        table = analytics.sql(query)
    if not table.num_columns:
        return [], []
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True)), table.column_names


def _names_hint() -> str:
    return f"Views: {', '.join(view_definitions())}. Tables: {', '.join(KEYS)}."


def _one_line(message: str) -> str:
    """DuckDB's message without the picture of the query below it."""
    first = re.split(r"\n\s*\n|\nLINE ", message.strip())[0]
    line = " ".join(first.split())
    return line if line.endswith((".", "?", "!", '"')) else f"{line}."
