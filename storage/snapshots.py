"""Snapshots: immutable releases of the active memories, and the banks that recall searches.

A snapshot's id follows from what it releases, so the same memory is released once. It pins the memories as they are at that moment;
the pin outlives every later change, compaction and pruning. Candidates need no pin: their rows are never changed or removed.

Making a bank from the tables takes time, so publishing keeps it in ``banks/<snapshot>``; from there it is mapped into memory at once.
A kept bank is never more than a copy: one that is gone, damaged or of an older version is made again, and kept again by a store that
may be written.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import records
from storage.errors import store_errors
from storage.files import path_in, remove_entry
from storage.schema import KEYS, SNAPSHOTS
from storage.store import LATEST, Store
from storage.tables import Table
from vilomem_core.errors import StoreError
from vilomem_core.ids import content_id
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.bundle import load, save
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import MemoryState, SnapshotRecord, Stream

BANKS_FOLDER = "banks"
KEPT_BANKS = 2  # beside the one in use: a release is compared with the one before
RELEASED_COLUMNS = ("id", "stream", "rule", "subject", "key_concepts", "member_ids")
READERS_GRACE_S = 3600.0  # a query that began on an older version within the hour may end


def publish(store: Store, *, parent_id: str = "") -> SnapshotRecord:
    """Release the active memories as they are. The record is ``unevaluated`` until ``set_release`` says more.

    The same memories give the record that is there already. ``parent_id`` is the snapshot before, empty for the first.
    """
    with store.writing():
        checksum, sizes = released_rows(store.tables["memories"])
        embedders = (store.descriptor.text_embedder, store.descriptor.image_embedder)
        snapshot_id = content_id("snap", checksum, *embedders)
        known = {record.id: record for record in store.snapshots()}
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


def released_rows(memories: Table) -> tuple[str, dict[Stream, int]]:
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


# ------------------------------------------------------------------------------------------------------------------ banks


def open_bank(store: Store, snapshot_id: str) -> MemoryBank:
    """The memories of a snapshot (``latest`` for the one in use) as they were released; the store may be closed afterwards.

    Raises StoreError for a snapshot that is not there.
    """
    name = store.latest_id() if snapshot_id == LATEST else snapshot_id
    kept = _kept(store, name) if name or snapshot_id != LATEST else None
    if kept is not None:
        return kept
    record = store.snapshot(snapshot_id)
    bank = build_bank_of(store, record)
    if not store.read_only:
        keep_bank(store, bank)
    return bank


def open_snapshot(path: str | Path, snapshot_id: str = LATEST, settings: RecallSettings | None = None) -> Recaller:
    """Recall over a snapshot of the store at ``path``, which is opened read-only and closed again: the way in for other programs.

    Raises StoreError for a store or a snapshot that is not there.
    """
    with Store.open(path, read_only=True) as store:
        return Recaller(open_bank(store, snapshot_id), settings or RecallSettings())


def build_bank_of(store: Store, record: SnapshotRecord) -> MemoryBank:
    """The bank of a snapshot from the tables, which are checked. Raises StoreError for memories that no bank can be made of."""
    released = store.tables["memories"].pinned(record.id)
    if released_rows(released)[0] != record.checksum:
        raise StoreError(f"the snapshot {record.id} is damaged: its rows do not have its checksum.", "Publish again.")
    memories = records.memories(released, (MemoryState.ACTIVE,))
    members = [member for memory in memories for member in memory.member_ids]
    candidates = records.candidates(store.tables["candidates"], members)
    return build_bank(memories, candidates, record.id, Fingerprints(record.text_embedder, record.image_embedder))


def keep_bank(store: Store, bank: MemoryBank) -> None:
    """Keep the bank of a snapshot that is published, so that whoever opens it need not wait; a damaged one is replaced."""
    folder = _folder(store, bank.snapshot_id)
    with store.writing():
        if _kept(store, bank.snapshot_id) is None:  # another thread may have been faster
            with suppress(OSError):
                remove_entry(folder.parent, folder.name)
            if not os.path.lexists(folder):
                save(bank, folder)


def forget_banks(store: Store) -> None:
    """Remove kept banks, but the one in use and the newest."""
    kept = {record.id for record in store.snapshots()[-KEPT_BANKS:]} | {store.latest_id()}
    folder = store.folder / BANKS_FOLDER
    with store.writing(), store_errors(store.folder, "removing old banks"):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in kept:
                remove_entry(folder, path.name)


def _kept(store: Store, snapshot_id: str) -> MemoryBank | None:
    """The kept bank of a snapshot, if there is a sound one; only a published snapshot has one, so no table need be asked."""
    folder = _folder(store, snapshot_id)
    if not folder.is_dir():
        return None
    try:
        bank = load(folder)
    except StoreError:  # whatever is wrong with the copy, the tables have the original
        return None
    return bank if bank.snapshot_id == snapshot_id else None


def _folder(store: Store, snapshot_id: str) -> Path:
    return path_in(store.folder / BANKS_FOLDER, snapshot_id, "a snapshot")


# ---------------------------------------------------------------------------------------------------------------- garbage


@dataclass(frozen=True, slots=True)
class GarbageReport:
    """How many old versions of tables were removed, and how many bytes that freed."""

    versions: int
    freed_bytes: int


def collect_garbage(store: Store, older_than_s: float = READERS_GRACE_S) -> GarbageReport:
    """Compact every table and remove versions older than this which no snapshot pins. Snapshots stay as they are."""
    with store.writing():
        before = _size(store)
        known = {record.id for record in store.snapshots()}
        forget_banks(store)
        removed = 0
        for name in KEYS:
            table = store.tables[name]
            for orphan in sorted(table.pins() - known):  # of publications that were killed
                table.unpin(orphan)
            versions = table.versions()
            table.prune(timedelta(seconds=older_than_s))
            removed += max(versions - table.versions(), 0)
        return GarbageReport(removed, max(before - _size(store), 0))


def _size(store: Store) -> int:
    return sum(path.stat().st_size for path in store.folder.rglob("*") if path.is_file())
