"""A snapshot as the bank that recall searches.

Making a bank from the tables takes time, so a store that is open for writing keeps it in ``banks/<snapshot>``; from there it is
mapped into memory at once. A kept bank is never more than a copy: one that is gone, damaged or of an older version is made again.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from storage import reading
from storage.checksum import released_rows
from storage.store import Store
from storage.translate import store_errors
from vilomem_core.errors import StoreError
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.files import load, save
from vilomem_core.types import MemoryState, SnapshotRecord

BANKS_FOLDER = "banks"
KEPT_BANKS = 2  # beside the one in use: a release is compared with the one before


def open_bank(store: Store, snapshot_id: str) -> MemoryBank:
    """The memories of a snapshot (``latest`` for the one in use) as they were released; the store may be closed afterwards.

    Raises StoreError for a snapshot that is not there.
    """
    record = store.snapshot(snapshot_id)
    folder = _folder(store, record)
    if folder.is_dir():
        try:
            return load(folder)
        except StoreError:  # whatever is wrong with the copy, the tables have the original
            if not store.read_only:
                shutil.rmtree(folder, ignore_errors=True)
    bank = _build(store, record)
    if not store.read_only:
        with store.writing():
            if not folder.exists():  # another thread may have been faster
                save(bank, folder)
    return bank


def forget_banks(store: Store) -> None:
    """Remove kept banks, but the one in use and the newest."""
    kept = {record.id for record in store.snapshots()[-KEPT_BANKS:]} | {store.latest_id()}
    folder = store.folder / BANKS_FOLDER
    with store.writing(), store_errors(store.folder, "removing old banks"):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in kept:
                shutil.rmtree(path)


def _build(store: Store, record: SnapshotRecord) -> MemoryBank:
    released = store.tables["memories"].pinned(record.id)
    if released_rows(released)[0] != record.checksum:
        raise StoreError(f"the snapshot {record.id} is damaged: its rows do not have its checksum.", "Publish again.")
    memories = reading.memories(released, (MemoryState.ACTIVE,))
    members = [member for memory in memories for member in memory.member_ids]
    candidates = reading.candidates(store.tables["candidates"], members)
    return MemoryBank.build(memories, candidates, record.id, Fingerprints(record.text_embedder, record.image_embedder))


def _folder(store: Store, record: SnapshotRecord) -> Path:
    return store.folder / BANKS_FOLDER / record.id
