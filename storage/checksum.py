"""What a snapshot releases, as one number: its id follows from it, and damage shows by it."""

from __future__ import annotations

import hashlib
import json

from storage.table import Table
from vilomem_core.types import MemoryState, Stream

RELEASED_COLUMNS = ("id", "stream", "rule", "subject", "key_concepts", "member_ids")


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
