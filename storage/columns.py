"""Columns that are more than one value a row: text that may be broken, vectors, and rows of other tables nested as lists."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from vilomem_core.errors import StoreError
from vilomem_core.types import F32


def text_array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Python values as an array; in text that is no valid Unicode the broken character becomes U+FFFD."""
    try:
        return pa.array(values, type=kind)
    except UnicodeEncodeError:
        return pa.array([_valid(value) for value in values], type=kind)


def _valid(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {name: _valid(part) for name, part in value.items()}
        case list() | tuple():
            return [_valid(part) for part in value]
        case _:
            return value


# ------------------------------------------------------------------------------------------------------------------ vectors


def vector_type(dimension: int) -> pa.DataType:
    return pa.list_(pa.float32(), dimension)


def vector_column(vectors: Sequence[F32], kind: pa.DataType, ids: Sequence[str]) -> pa.Array:
    """One f32[dim] a row. Raises ``StoreError`` naming the first row whose vector has another length or is not finite."""
    for row, vector in zip(ids, vectors, strict=True):
        if vector.shape != (kind.list_size,):
            raise StoreError(
                f"a vector of {row} has {vector.size} numbers where {kind.list_size} are expected.",
                "Vectors of different embedders cannot be stored together.",
            )
        if not np.isfinite(vector).all():
            raise StoreError(f"a vector of {row} holds a number that is not finite.", "Check the embedder.")
    flat = np.concatenate(vectors, dtype=np.float32) if vectors else np.zeros(0, dtype=np.float32)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), type=kind)


def vector_list_column(stacks: Sequence[F32], kind: pa.DataType, ids: Sequence[str]) -> pa.Array:
    """f32[n, dim] a row, n may be 0."""
    owners = [row for row, stack in zip(ids, stacks, strict=True) for _ in stack]
    values = vector_column([vector for stack in stacks for vector in stack], kind.value_type, owners)
    return pa.ListArray.from_arrays(offsets([len(stack) for stack in stacks]), values, type=kind)


def offsets(lengths: Sequence[int]) -> pa.Array:
    """The bounds of lists of these lengths."""
    return pa.array(np.cumsum([0, *lengths]), type=pa.int32())


def matrix(column: pa.Array | pa.ChunkedArray) -> F32:
    """A vector column as one f32[rows, dim]; of a single chunk it is a view."""
    width = column.type.list_size
    parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    chunks = [np.asarray(part.flatten()).reshape(-1, width) for part in parts]
    if len(chunks) == 1:
        return chunks[0]
    return np.concatenate(chunks) if chunks else np.zeros((0, width), dtype=np.float32)


def vector_lists(column: pa.ChunkedArray) -> list[F32]:
    """A column of several vectors a row as f32[n, dim] each."""
    width = column.type.value_type.list_size
    stacks: list[F32] = []
    for chunk in column.chunks:
        values = np.asarray(chunk.flatten().flatten()).reshape(-1, width)
        bounds = np.asarray(chunk.offsets) - (chunk.offsets[0].as_py() if len(chunk) else 0)
        stacks.extend(values[start:stop] for start, stop in pairwise(bounds))
    return stacks


# ----------------------------------------------------------------------------------------------------------- nested rows


def nest(table: pa.Table, counts: Sequence[int]) -> pa.Array:
    """The rows of ``table`` as lists of structs; list ``i`` takes the next ``counts[i]`` rows."""
    fields = [table.schema.field(position) for position in range(table.num_columns)]
    arrays = [column.combine_chunks() for column in table.columns]
    return pa.ListArray.from_arrays(offsets(counts), pa.StructArray.from_arrays(arrays, fields=fields))


def unnest(column: pa.Array) -> pa.Table:
    """The rows of all lists, as the table that ``nest`` was given."""
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(column.flatten())])
