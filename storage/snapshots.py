"""Snapshots: immutable releases of the active memories.

A snapshot's id follows from what it releases, so the same memory is released once. It pins the memories as they are at that moment;
the pin outlives every later change, compaction and pruning. Candidates need no pin: their rows are never changed or removed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from storage.banks import build_bank_of, keep_bank, open_bank
from storage.checksum import released_rows
from storage.garbage import collect_garbage
from storage.schema import SNAPSHOTS
from storage.store import Store
from vilomem_core.ids import content_id
from vilomem_core.types import SnapshotRecord, Stream

__all__ = ["collect_garbage", "list_snapshots", "open_bank", "publish", "set_release"]


def publish(store: Store, *, parent_id: str = "") -> SnapshotRecord:
    """Release the active memories as they are. The record is ``unevaluated`` until ``set_release`` says more.

    The same memories give the record that is there already. ``parent_id`` is the snapshot before, empty for the first.
    """
    with store.writing():
        checksum, sizes = released_rows(store.tables["memories"])
        embedders = (store.descriptor.text_embedder, store.descriptor.image_embedder)
        snapshot_id = content_id("snap", checksum, *embedders)
        known = {record.id: record for record in list_snapshots(store)}
        if snapshot_id in known:
            open_bank(store, snapshot_id)  # makes the kept bank again where it is gone or of an older version
            return known[snapshot_id]
        memories = store.tables["memories"]
        if snapshot_id in memories.pins():  # by a publication that was killed before it wrote its record
            memories.unpin(snapshot_id)
        memories.pin(snapshot_id)
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
        bank = build_bank_of(store, record)
        store.tables["snapshots"].upsert(SNAPSHOTS.to_arrow([record]))
        keep_bank(store, bank)
        return record


def set_release(store: Store, snapshot_id: str, *, status: str, evidence: str, move_latest: bool) -> SnapshotRecord:
    """Write what the evaluation found (``evidence`` is JSON text), and make the snapshot the one in use if asked."""
    with store.writing():
        record = replace(store.snapshot(snapshot_id), status=status, evidence=evidence)
        store.tables["snapshots"].upsert(SNAPSHOTS.to_arrow([record]))
        if move_latest:
            store.move_latest(record.id)
        return record


def list_snapshots(store: Store) -> list[SnapshotRecord]:
    """All snapshots, oldest first."""
    return store.snapshots()
