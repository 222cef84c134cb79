"""The single commit: staged outcomes into the tables.

Every row has an id from its content, and a row that exists is never written again. So a commit that was killed anywhere is repaired
by running it again. Attempts are written last: an attempt's row means that all that belongs to it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage.allocator import release_unused
from storage.columns import offsets
from storage.errors import store_errors
from storage.files import sync_folder
from storage.schema import IMAGE_VECTORS, TEXT_VECTORS
from storage.staging import PARTS, batches_of, part_rows, staged_files
from storage.store import Store
from vilomem_core.errors import StoreError

COMMIT_CASES = 4_096  # cases in one write; with 384-d vectors it takes about 200 MB, with 20,000 cases 600


@dataclass(frozen=True, slots=True)
class CommitReport:
    """How many staged files and outcomes were read, and how many new rows they gave each table."""

    files: int = 0
    outcomes: int = 0
    attempts: int = 0
    reflections: int = 0
    candidates: int = 0
    failures: int = 0


def commit(store: Store, staging_folder: Path) -> CommitReport:
    """Write all that is staged, then remove the staged files. May be killed at any point and run again.

    Raises StoreError for a damaged file or vectors of another embedder, before anything of its group is written.
    """
    counts = dict.fromkeys(("files", "outcomes", *PARTS), 0)
    with store.writing():
        for group in batches_of(staged_files(staging_folder), COMMIT_CASES):
            batches = [batch for _, batch in group]
            tables = {part: _rows(store, part, batches) for part in PARTS}
            for part in PARTS:
                counts[part] += store.tables[part].insert_new(tables[part])
            _complete(store, tables["attempts"])
            _remove(staging_folder, [path for path, _ in group])
            counts["files"] += len(group)
            counts["outcomes"] += sum(batch.num_rows for batch in batches)
            del batches, tables, group
            release_unused()
        for part in PARTS:
            store.tables[part].maintain()
            release_unused()  # or what compaction took of one table would stand beside what it takes of the next
    return CommitReport(**counts)


def _rows(store: Store, part: str, batches: Sequence[pa.RecordBatch]) -> pa.Table:
    schema = store.tables.schemas[part]
    tables = [part_rows(batch, part) for batch in batches]
    if part == "candidates":
        tables = [_fitted(table, schema) for table in tables if table.num_rows]
        rows = pa.concat_tables(tables) if tables else schema.empty_table()
        return _with_rounds(store, rows)
    rows = pa.concat_tables(tables)
    if part == "attempts":  # of two rows of one attempt the one with the analysis counts
        rows = pa.concat_tables([rows.filter(_analysed(rows)), rows.filter(pc.invert(_analysed(rows)))])
    return rows


def _analysed(attempts: pa.Table) -> pa.ChunkedArray:
    """Whether the analysis is final, good or bad: one that met an outage is supplied by a later pass."""
    return pc.or_(attempts.column("analysis_subject").is_valid(), pc.not_equal(attempts.column("analysis_error"), ""))


def _complete(store: Store, attempts: pa.Table) -> None:
    """Give committed attempts the analysis that a later pass supplied."""
    analysed = attempts.filter(_analysed(attempts))
    stored = store.tables["attempts"].fetch("id", analysed.column("id").to_pylist(), ["id", "analysis_subject", "analysis_error"])
    lacking = stored.filter(pc.invert(_analysed(stored))).column("id")
    if len(lacking):
        store.tables["attempts"].upsert(analysed.filter(pc.is_in(analysed.column("id"), lacking)))


def _fitted(candidates: pa.Table, schema: pa.Schema) -> pa.Table:
    """Staged candidates in the store's columns. Raises StoreError when their vectors have other lengths."""
    for name in TEXT_VECTORS:
        _check_length(candidates, candidates.schema.field(name).type.list_size, schema.field(name).type.list_size)
    stacks = candidates.column(IMAGE_VECTORS).combine_chunks()
    wanted = schema.field(IMAGE_VECTORS).type
    if len(stacks.values) == 0:  # no candidate has a picture, so the length of picture vectors was not known
        nothing = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(0, dtype=np.float32)), type=wanted.value_type)
        stacks = pa.ListArray.from_arrays(offsets([0] * candidates.num_rows), nothing, type=wanted)
    _check_length(candidates, stacks.type.value_type.list_size, wanted.value_type.list_size)
    position = schema.get_field_index(IMAGE_VECTORS)
    return candidates.set_column(position, schema.field(position), stacks)


def _check_length(candidates: pa.Table, found: int, wanted: int) -> None:
    if found != wanted:
        raise StoreError(
            f"a vector of {candidates.column('id')[0]} has {found} numbers, but this store holds {wanted}.",
            "It was made with another embedder: remove the staging folder, or learn into a new store.",
        )


def _with_rounds(store: Store, candidates: pa.Table) -> pa.Table:
    """A candidate that came later than its attempt takes its round from the committed attempt."""
    rounds = candidates.column("round")
    if not rounds.null_count:
        return candidates
    late = candidates.filter(rounds.is_null()).column("attempt_id").to_pylist()
    found = store.tables["attempts"].fetch("id", late, ["id", "round"])
    positions = pc.index_in(candidates.column("attempt_id"), found.column("id"))
    known = pc.take(found.column("round"), positions)
    filled = pc.fill_null(pc.coalesce(rounds, known), 0)
    position = candidates.schema.get_field_index("round")
    return candidates.set_column(position, candidates.schema.field(position), filled)


def _remove(folder: Path, paths: Sequence[Path]) -> None:
    with store_errors(folder, "removing staged files"):
        for path in paths:
            path.unlink(missing_ok=True)
        sync_folder(folder)
