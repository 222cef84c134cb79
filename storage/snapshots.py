"""Snapshots: immutable releases of the active memories.

A snapshot's id follows from what it releases, so the same memory is released once. It pins the tables that recall needs at the
versions of that moment; the pins outlive every later change, compaction and pruning.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from storage.rows.snapshots import snapshots_to_arrow
from storage.schema import KEYS
from storage.store import Store
from storage.table import Table
from vilomem_core.ids import content_id
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.types import MemoryState, SnapshotRecord, Stream

PINNED = ("memories", "candidates", "lineage")
RELEASED_COLUMNS = ("id", "stream", "rule", "subject", "key_concepts", "member_ids")
READERS_GRACE_S = 3600.0  # a query that began on an older version within the hour may end


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


def open_bank(store: Store, snapshot_id: str) -> MemoryBank:
    """The memories of a snapshot (``latest`` for the one in use) as they were released, in memory: the store may be closed after.

    Raises StoreError for a snapshot that is not there.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class GarbageReport:
    """How many old versions of tables were removed, and how many bytes that freed."""

    versions: int
    freed_bytes: int


def collect_garbage(store: Store, older_than_s: float = READERS_GRACE_S) -> GarbageReport:
    """Compact every table and remove versions older than this which no snapshot pins."""
    with store.writing():
        before = _size(store)
        known = {record.id for record in list_snapshots(store)}
        removed = 0
        for name in KEYS:
            table = store.tables[name]
            for orphan in table.pins() - known:  # of publications that were killed
                table.unpin(orphan)
            versions = table.versions()
            table.prune(timedelta(seconds=older_than_s))
            removed += max(versions - table.versions(), 0)
        return GarbageReport(removed, max(before - _size(store), 0))


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


def _size(store: Store) -> int:
    return sum(path.stat().st_size for path in store.folder.rglob("*") if path.is_file())
