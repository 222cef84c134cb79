"""Failures: cases that could not be carried through a stage."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, build, required, usage_columns, usage_fields, usage_of
from vilomem_core.types import Failure

FAILURES = pa.schema(
    [
        required("id", TEXT),
        required("case_key", TEXT),
        required("case_id", TEXT),
        required("attempt_id", TEXT),
        required("stage", TEXT),
        required("error", TEXT),
        required("message", TEXT),
        required("retryable", pa.bool_()),
        required("try_number", pa.int32()),
        required("round", pa.int64()),
        *usage_fields(),
        *usage_fields("analysis_"),
    ]
)


_PLAIN = ("id", "case_key", "case_id", "attempt_id", "stage", "error", "message", "retryable", "try_number", "round")


def failures_to_arrow(failures: Sequence[Failure]) -> pa.Table:
    return build(
        FAILURES,
        {
            **{name: [getattr(failure, name) for failure in failures] for name in _PLAIN},
            **usage_columns([failure.usage for failure in failures]),
            **usage_columns([failure.analysis_usage for failure in failures], "analysis_"),
        },
    )


def failures_from_arrow(table: pa.Table) -> list[Failure]:
    return [
        Failure(**{name: row[name] for name in _PLAIN}, usage=usage_of(row), analysis_usage=usage_of(row, "analysis_"))
        for row in table.to_pylist()
    ]
