"""Reflections: one row for each attempt and stream."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, build, optional, required, usage_columns, usage_fields, usage_of
from vilomem_core.types import Reflection, Stream

REFLECTIONS = pa.schema(
    [
        required("id", TEXT),  # attempt_id/stream: LanceDB takes one key column
        required("attempt_id", TEXT),
        required("stream", TEXT),
        required("is_error", pa.bool_()),
        required("summary", TEXT),
        optional("guideline", TEXT),
        required("model", TEXT),
        *usage_fields(),
    ]
)


def reflections_to_arrow(reflections: Sequence[Reflection]) -> pa.Table:
    return build(
        REFLECTIONS,
        {
            "id": [f"{reflection.attempt_id}/{reflection.stream}" for reflection in reflections],
            "attempt_id": [reflection.attempt_id for reflection in reflections],
            "stream": [str(reflection.stream) for reflection in reflections],
            "is_error": [reflection.is_error for reflection in reflections],
            "summary": [reflection.summary for reflection in reflections],
            "guideline": [reflection.guideline for reflection in reflections],
            "model": [reflection.model for reflection in reflections],
            **usage_columns([reflection.usage for reflection in reflections]),
        },
    )


def reflections_from_arrow(table: pa.Table) -> list[Reflection]:
    return [
        Reflection(
            attempt_id=row["attempt_id"],
            stream=Stream(row["stream"]),
            is_error=row["is_error"],
            summary=row["summary"],
            guideline=row["guideline"],
            model=row["model"],
            usage=usage_of(row),
        )
        for row in table.to_pylist()
    ]
