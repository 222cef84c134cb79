"""A snapshot for other programs: a recall bundle, or rules with their sources as JSON lines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from storage.errors import store_errors
from storage.files import write_atomically
from storage.snapshots import BANKS_FOLDER, open_bank
from storage.store import Store
from storage.tables import Table
from vilomem_core.errors import StoreError
from vilomem_core.recall.bundle import MANIFEST, read_any_manifest, save
from vilomem_core.types import MemoryState

RULES_AT_ONCE = 1_000
_RULE_COLUMNS = ("id", "stream", "rule", "subject", "key_concepts", "rule_origin", "member_ids")
_SOURCE_COLUMNS = ("id", "case_id", "guideline", "question")


def export_bundle(store: Store, snapshot_id: str, folder: str | Path) -> None:
    """Write a snapshot as a folder that recall opens by itself, with a checksummed ``manifest.json``.

    A bundle that is there is replaced. Raises StoreError for an unknown snapshot, or a folder that holds anything else.
    """
    folder = Path(folder)
    bank = open_bank(store, snapshot_id)
    with store_errors(folder, "writing the bundle"):
        folder = Path(os.path.abspath(folder))  # noqa: PTH100  # without following links: a link is not replaced
        if (store.folder / BANKS_FOLDER).resolve() in folder.resolve().parents:
            raise StoreError(f"{folder} belongs to the store.", "Give a folder outside it for --out.")
        if not _replaceable(folder):
            save(bank, folder)
            return
        fresh = folder.with_name(f".{folder.name}.new")
        if _replaceable(fresh):  # of an export that was killed
            shutil.rmtree(fresh)
        save(bank, fresh)
        shutil.rmtree(folder)
        fresh.rename(folder)


def export_jsonl(store: Store, snapshot_id: str, file: str | Path) -> None:
    """Write the rules of a snapshot in id order, one JSON object a line, each with the guidelines and questions it was made from.

    An earlier export that is there is replaced. Raises StoreError for an unknown snapshot, for a file of another kind, or when the
    file cannot be written.
    """
    file = Path(file)
    record = store.snapshot(snapshot_id)
    memories = store.tables["memories"].pinned(record.id)

    def write(out: BinaryIO) -> None:
        for line in _lines(memories, store.tables["candidates"], record.id):
            out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    with store_errors(file, "looking at what is there"):
        found = (file.is_dir(), file.is_file(), os.path.lexists(file))
    if found[0]:
        raise StoreError(f"{file} is a folder.", "Give the name of a file for --out.")
    if found[2] and not (found[1] and _is_export(file)):
        raise StoreError(f"{file} is there, and it is no export of rules.", "Give another name for --out, or remove it.")
    with store_errors(file, "writing the rules"):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, write)


def _is_export(file: Path) -> bool:
    with store_errors(file, "reading what is there"), file.open("rb") as old:
        first = old.readline(1 << 20)
    return not first or b'"snapshot_id": "snap_' in first


def _lines(memories: Table, candidates: Table, snapshot_id: str) -> Iterator[dict[str, object]]:
    rows = memories.read(_RULE_COLUMNS, ("state", [str(MemoryState.ACTIVE)])).sort_by("id")
    for batch in rows.to_batches(max_chunksize=RULES_AT_ONCE):
        sources = _sources(candidates, batch)
        for row in batch.to_pylist():
            members = row.pop("member_ids")
            yield {
                **row,
                "support": len(members),
                "sources": [sources[member] for member in members if member in sources],
                "snapshot_id": snapshot_id,
            }


def _sources(candidates: Table, batch: pa.RecordBatch) -> dict[str, dict[str, str]]:
    found = candidates.fetch("id", batch.column("member_ids").flatten().to_pylist(), _SOURCE_COLUMNS).to_pylist()
    return {row["id"]: {"candidate_id": row.pop("id"), **row} for row in found}


def _replaceable(folder: Path) -> bool:
    """Whether a bundle, of any version, is there that may be replaced; an empty folder is removed. Raises StoreError for anything else."""
    if not os.path.lexists(folder):
        return False
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        return False
    try:
        files = read_any_manifest(folder).get("files")
    except StoreError as exc:
        raise StoreError(f"{folder} is there and not a bundle.", "Give a new or empty folder for --out.") from exc
    own = {MANIFEST, *(files if isinstance(files, dict) else ())}
    if folder.is_symlink() or any(entry.name not in own or entry.is_dir() for entry in folder.iterdir()):
        raise StoreError(f"{folder} is a link, or holds more than a bundle.", "Give a new or empty folder for --out.")
    return True
