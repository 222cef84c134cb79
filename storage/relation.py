"""A table as DuckDB reads it: streamed from LanceDB through Arrow, only the columns that a query needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from storage.table import Table


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
