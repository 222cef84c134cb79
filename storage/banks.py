"""A snapshot as the bank that recall searches.

Making a bank from the tables takes time, so publishing keeps it in ``banks/<snapshot>``; from there it is mapped into memory at once.
A kept bank is never more than a copy: one that is gone, damaged or of an older version is made again, and kept again by a store that
may be written.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from storage import reading
from storage.checksum import released_rows
from storage.paths import path_in, remove_entry
from storage.releases import LATEST
from storage.store import Store
from storage.translate import store_errors
from vilomem_core.errors import StoreError
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.bundle import load, save
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.types import MemoryState, SnapshotRecord

BANKS_FOLDER = "banks"
KEPT_BANKS = 2  # beside the one in use: a release is compared with the one before


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


def open_snapshot(path: Path, snapshot_id: str = LATEST, settings: RecallSettings | None = None) -> Recaller:
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
    memories = reading.memories(released, (MemoryState.ACTIVE,))
    members = [member for memory in memories for member in memory.member_ids]
    candidates = reading.candidates(store.tables["candidates"], members)
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
