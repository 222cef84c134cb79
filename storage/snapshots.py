"""Snapshots: immutable releases of the active memories.

A snapshot's id follows from what it releases, so the same memory is released once. It pins the tables that recall needs at the
versions of that moment; the pins outlive every later change, compaction and pruning.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

from storage.banks import open_bank
from storage.garbage import collect_garbage
from storage.rows.snapshots import snapshots_to_arrow
from storage.store import Store
from storage.table import Table
from vilomem_core.ids import content_id
from vilomem_core.types import MemoryState, SnapshotRecord, Stream

__all__ = ["collect_garbage", "list_snapshots", "open_bank", "publish", "set_release"]

PINNED = ("memories", "candidates", "lineage")  # what recall and exports read
RELEASED_COLUMNS = ("id", "stream", "rule", "subject", "key_concepts", "member_ids")


def publish(store: Store, *, parent_id: str = "") -> SnapshotRecord:
    """Release the active memories as they are. The record is ``unevaluated`` until ``set_release`` says more.

    The same memories give the record that is there already. ``parent_id`` is the snapshot before, empty for the first.
    """
    with store.writing():
        checksum, sizes = _checksum(store.tables["memories"])
        embedders = (store.descriptor.text_embedder, store.descriptor.image_embedder)
        snapshot_id = content_id("snap", checksum, *embedders)
        known = {record.id: record for record in list_snapshots(store)}
        if snapshot_id in known:
            return known[snapshot_id]
        for name in PINNED:
            if snapshot_id in store.tables[name].pins():  # by a publication that was killed before it wrote its record
                store.tables[name].unpin(snapshot_id)
            store.tables[name].pin(snapshot_id)
        record = SnapshotRecord(
            id=snapshot_id,
            parent_id=parent_id,
            created_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            status="unevaluated",
            visual=sizes[Stream.VISUAL],
            logic=sizes[Stream.LOGIC],
            checksum=checksum,
            text_embedder=embedders[0],
            image_embedder=embedders[1],
        )
        store.tables["snapshots"].upsert(snapshots_to_arrow([record]))
        return record


def set_release(store: Store, snapshot_id: str, *, status: str, evidence: str, move_latest: bool) -> SnapshotRecord:
    """Write what the evaluation found (``evidence`` is JSON text), and make the snapshot the one in use if asked."""
    with store.writing():
        record = replace(store.snapshot(snapshot_id), status=status, evidence=evidence)
        store.tables["snapshots"].upsert(snapshots_to_arrow([record]))
        if move_latest:
            store.move_latest(record.id)
        return record


def list_snapshots(store: Store) -> list[SnapshotRecord]:
    """All snapshots, oldest first."""
    return store.snapshots()


def _checksum(memories: Table) -> tuple[str, dict[Stream, int]]:
    """SHA-256 over the active memories in id order, one JSON line each, and how many there are of each stream.

    Vectors follow from the texts and the embedders, and use counts are not released, so neither is covered.
    """
    rows = memories.read(RELEASED_COLUMNS, ("state", [str(MemoryState.ACTIVE)])).sort_by("id")
    digest = hashlib.sha256()
    sizes = dict.fromkeys(Stream, 0)
    for batch in rows.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            digest.update(json.dumps(row, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode() + b"\n")
            sizes[Stream(row["stream"])] += 1
    return digest.hexdigest(), sizes
