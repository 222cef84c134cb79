"""Snapshots: the released record, and the table versions that it pins."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, build, required
from vilomem_core.types import SnapshotRecord

SNAPSHOTS = pa.schema(
    [
        required("id", TEXT),
        required("parent_id", TEXT),
        required("created_at", TEXT),
        required("status", TEXT),
        required("visual", pa.int64()),
        required("logic", pa.int64()),
        required("checksum", TEXT),
        required("text_embedder", TEXT),
        required("image_embedder", TEXT),
        required("evidence", TEXT),
    ]
)


def snapshots_to_arrow(snapshots: Sequence[SnapshotRecord]) -> pa.Table:
    return build(SNAPSHOTS, {name: [getattr(snapshot, name) for snapshot in snapshots] for name in SNAPSHOTS.names})


def snapshots_from_arrow(table: pa.Table) -> list[SnapshotRecord]:
    return [SnapshotRecord(**row) for row in table.to_pylist()]
