"""The building blocks of the converters: columns of text, of vectors and of counted cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from vilomem_core.errors import StoreError
from vilomem_core.types import F32, Usage

TEXT = pa.string()
TEXTS = pa.list_(pa.string())


def required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


def optional(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=True)


def build(schema: pa.Schema, columns: Mapping[str, Sequence[Any] | pa.Array]) -> pa.Table:
    """A table of ``schema`` from Python values or finished arrays.

    In text that is no valid Unicode (half of a surrogate pair in a model's reply) the broken character becomes U+FFFD.
    """
    return pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)


def _array(values: Sequence[Any] | pa.Array, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
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


# --------------------------------------------------------------------------------------------------------------------- cost


def usage_fields(prefix: str = "") -> list[pa.Field]:
    return [
        required(f"{prefix}calls", pa.int64()),
        required(f"{prefix}prompt_tokens", pa.int64()),
        required(f"{prefix}completion_tokens", pa.int64()),
        required(f"{prefix}seconds", pa.float64()),
    ]


def usage_columns(usages: Sequence[Usage], prefix: str = "") -> dict[str, Sequence[Any]]:
    return {
        f"{prefix}calls": [usage.calls for usage in usages],
        f"{prefix}prompt_tokens": [usage.prompt_tokens for usage in usages],
        f"{prefix}completion_tokens": [usage.completion_tokens for usage in usages],
        f"{prefix}seconds": [usage.seconds for usage in usages],
    }


def usage_of(row: Mapping[str, Any], prefix: str = "") -> Usage:
    return Usage(
        calls=row[f"{prefix}calls"],
        prompt_tokens=row[f"{prefix}prompt_tokens"],
        completion_tokens=row[f"{prefix}completion_tokens"],
        seconds=row[f"{prefix}seconds"],
    )
