"""What a consolidation changed, written as a whole.

All of it is first put into one file beside the tables; then the tables follow, and the file is removed. A process that is killed in
between leaves the file, and the next writer finishes what it says: every write may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from storage.columns import nest, unnest
from storage.errors import store_errors
from storage.files import read_batch, write_batch
from storage.schema import EVENTS, JUDGEMENTS, MEMORIES, lineage_to_arrow
from storage.tables import Tables
from vilomem_core.types import Judgement, Memory, MemoryEvent

PENDING = "consolidation.pending"
CHANGED = ("judgements", "events", "memories", "lineage")


def write_changes(
    tables: Tables, folder: Path, memories: Sequence[Memory], judgements: Sequence[Judgement], events: Sequence[MemoryEvent]
) -> None:
    """Judgements and events are added, memories are replaced by id, and the lineage of those memories follows."""
    if not (memories or judgements or events):
        return
    changes = {
        "judgements": JUDGEMENTS.to_arrow(judgements),
        "events": EVENTS.to_arrow(events),
        "memories": MEMORIES.to_arrow(memories, tables.schemas["memories"]),
        "lineage": lineage_to_arrow(memories),
    }
    columns = [nest(changes[name], [changes[name].num_rows]) for name in CHANGED]
    with store_errors(folder, "noting what a consolidation changed"):
        write_batch(folder / PENDING, pa.RecordBatch.from_arrays(columns, names=list(CHANGED)))
    finish_changes(tables, folder)


def finish_changes(tables: Tables, folder: Path) -> None:
    """Carry out the changes that are noted, if any; they may be carried out in part already."""
    path = folder / PENDING
    if not path.exists():
        return
    with store_errors(folder, "reading what a consolidation changed"):
        batch = read_batch(path)
    changes = {name: unnest(batch.column(name)) for name in CHANGED}
    tables["judgements"].upsert(changes["judgements"])
    tables["events"].insert_new(changes["events"])
    tables["memories"].upsert(changes["memories"])
    _follow(tables, changes["memories"].column("id").to_pylist(), changes["lineage"])
    with store_errors(folder, "finishing a consolidation"):
        path.unlink(missing_ok=True)
    for name in CHANGED:
        tables[name].maintain()


def _follow(tables: Tables, memory_ids: Sequence[str], wanted: pa.Table) -> None:
    """Make the lineage of these memories be ``wanted``."""
    there = tables["lineage"].fetch("memory_id", memory_ids, ["id"]).column("id").to_pylist()
    tables["lineage"].delete(sorted(set(there).difference(wanted.column("id").to_pylist())))
    tables["lineage"].insert_new(wanted)
