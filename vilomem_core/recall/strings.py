"""Text columns that stay in a mapped Arrow file until someone looks at a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar, overload

import pyarrow as pa

Value = TypeVar("Value", bound="str | list[str]")


class ArrowColumn(Sequence[Value], Generic[Value]):
    """A column without nulls as a sequence of Python values."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        if column.null_count:
            raise ValueError("a text column has empty rows")
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> list[Value]: ...
    def __getitem__(self, index: int | slice) -> Value | list[Value]:
        if isinstance(index, slice):
            rows = range(len(self))[index]
            return [self[row] for row in rows]
        value: Value = self._column[index].as_py()
        return value


def write_columns(path: Path, columns: dict[str, pa.Array]) -> None:
    """An Arrow IPC file of one batch."""
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_columns(path: Path) -> pa.Table:
    """The columns of a file that ``write_columns`` made, mapped."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
