"""Rows of other tables as lists inside one row, so that one file holds all that belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from storage.atomic import write_atomically
from storage.rows.columns import offsets


def nest(table: pa.Table, counts: Sequence[int]) -> pa.Array:
    """The rows of ``table`` as lists of structs; list ``i`` takes the next ``counts[i]`` rows."""
    fields = [table.schema.field(position) for position in range(table.num_columns)]
    arrays = [column.combine_chunks() for column in table.columns]
    return pa.ListArray.from_arrays(offsets(counts), pa.StructArray.from_arrays(arrays, fields=fields))


def unnest(column: pa.Array) -> pa.Table:
    """The rows of all lists, as the table that ``nest`` was given."""
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(column.flatten())])


def write_batch(path: Path, batch: pa.RecordBatch) -> None:
    """One batch as an Arrow file, whole or not at all. Raises OSError."""

    def write(file: BinaryIO) -> None:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(file, batch.schema, options=options) as writer:
            writer.write_batch(batch)

    write_atomically(path, write)


def read_batch(path: Path) -> pa.RecordBatch:
    """Raises OSError or pyarrow.ArrowException for a file that cannot be read."""
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
        return reader.get_batch(0)
