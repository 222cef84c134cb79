"""Runs: one row for each round of each run."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, build, required, usage_columns, usage_fields, usage_of
from vilomem_core.types import RunRecord

_TEXTS = (
    *("id", "run_id", "arm", "dataset", "settings_digest", "snapshot_id", "published_id"),
    *("status", "started_at", "ended_at"),
)
_COUNTS = ("round", "cases", "correct", "incorrect", "undetermined", "failed", "candidates", "open_critics")

RUNS = pa.schema([*(required(name, TEXT) for name in _TEXTS), *(required(name, pa.int64()) for name in _COUNTS), *usage_fields()])


def runs_to_arrow(runs: Sequence[RunRecord]) -> pa.Table:
    return build(
        RUNS,
        {
            **{name: [getattr(run, name) for run in runs] for name in (*_TEXTS, *_COUNTS)},
            **usage_columns([run.usage for run in runs]),
        },
    )


def runs_from_arrow(table: pa.Table) -> list[RunRecord]:
    return [RunRecord(**{name: row[name] for name in (*_TEXTS, *_COUNTS)}, usage=usage_of(row)) for row in table.to_pylist()]
