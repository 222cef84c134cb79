"""The records of snapshots, and which of them is in use."""

from __future__ import annotations

import difflib
from pathlib import Path

from storage.atomic import write_atomically
from storage.schema import SNAPSHOTS
from storage.tables import Tables
from storage.translate import store_errors
from vilomem_core.errors import StoreError
from vilomem_core.types import SnapshotRecord

LATEST = "latest"  # the name of the pointer's file, and what users call the snapshot in use
_SHOWN_IDS = 3


def snapshots(tables: Tables) -> list[SnapshotRecord]:
    """All snapshots, oldest first."""
    return sorted(SNAPSHOTS.from_arrow(tables["snapshots"].read()), key=lambda record: (record.created_at, record.id))


def snapshot(tables: Tables, folder: Path, snapshot_id: str) -> SnapshotRecord:
    """One snapshot by its id or as ``latest``. Raises StoreError naming the nearest or the last ids."""
    if snapshot_id == LATEST:
        snapshot_id = latest_id(folder)
        if not snapshot_id:
            raise StoreError(f"the store {folder} has no latest snapshot.", "Publish one, or give a snapshot's id.")
    known = {record.id: record for record in snapshots(tables)}
    if snapshot_id not in known:
        raise StoreError(f"the store {folder} has no snapshot {snapshot_id!r}.", _ids_hint(snapshot_id, list(known)))
    return known[snapshot_id]


def latest_id(folder: Path) -> str:
    """The id of the snapshot in use, empty if there is none."""
    with store_errors(folder, "reading which snapshot is in use"):
        path = folder / LATEST
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def move_latest(folder: Path, snapshot_id: str) -> None:
    with store_errors(folder, "noting which snapshot is in use"):
        write_atomically(folder / LATEST, f"{snapshot_id}\n".encode())


def _ids_hint(wanted: str, known: list[str]) -> str:
    if not known:
        return "It has none yet."
    near = difflib.get_close_matches(wanted, known, n=_SHOWN_IDS)
    return f"Did you mean {near[0]}?" if near else f"The last ones are {', '.join(known[-_SHOWN_IDS:])}."
