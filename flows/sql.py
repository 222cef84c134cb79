"""SQL over a store, read-only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.analytics import Analytics
from storage.store import Store


def run_sql(store: str, query: str) -> tuple[list[Sequence[Any]], list[str]]:
    """The rows and column names of one query."""
    with Store.open(Path(store), read_only=True) as opened:
        table = Analytics(opened).sql(query)
    if not table.num_columns:
        return [], []
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True)), table.column_names
