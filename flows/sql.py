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
    return [tuple(row.values()) for row in table.to_pylist()], table.column_names
