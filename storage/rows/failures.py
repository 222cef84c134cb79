"""Failures: cases that could not be carried through a stage."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, build, required
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
    ]
)


def failures_to_arrow(failures: Sequence[Failure]) -> pa.Table:
    return build(FAILURES, {name: [getattr(failure, name) for failure in failures] for name in FAILURES.names})


def failures_from_arrow(table: pa.Table) -> list[Failure]:
    return [Failure(**row) for row in table.to_pylist()]
