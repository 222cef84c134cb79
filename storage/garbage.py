"""What a store no longer needs: old versions of tables, what killed writers left, and kept banks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from storage.banks import forget_banks
from storage.schema import KEYS
from storage.store import Store

READERS_GRACE_S = 3600.0  # a query that began on an older version within the hour may end


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
