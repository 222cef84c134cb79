"""How long a program waits for a snapshot: publish it, open it in a fresh process, answer the first query. Prints a table and JSON.

    python benchmarks/bench_snapshot.py [--memories 100000] [--members 1]

The store is made in a temporary folder from the synthetic rows of ``bench_storage``, half visual, half logic, and removed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench_storage import IMAGE_DIM, TEXT_DIM, made_outcome, memories

from storage.commit import commit
from storage.snapshots import BANKS_FOLDER, publish
from storage.staging import stage
from storage.store import Store
from vilomem_core.types import Stream

OUTCOMES_PER_FILE = 500
OPEN_AND_ASK = """
import sys, time
from pathlib import Path
start = time.perf_counter()
import numpy as np
from storage.snapshots import open_snapshot
from vilomem_core.recall.query import RecallQuery
imported = time.perf_counter()
recaller = open_snapshot(Path(sys.argv[1]), sys.argv[2])
opened = time.perf_counter()
vectors = np.random.default_rng(0).standard_normal((1, 896), dtype=np.float32)
vectors /= np.linalg.norm(vectors)
recaller.recall(RecallQuery("which way do the bars point", None, vectors[:, :384], vectors[:, 384:]))
print(imported - start, opened - imported, time.perf_counter() - opened, len(recaller.bank))
"""


def make_store(folder: Path, count: int, members: int) -> str:
    """A store with a published snapshot of ``count`` memories; returns the snapshot's id."""
    with Store.create(folder, "text", TEXT_DIM, "image", IMAGE_DIM) as store:
        staging = store.staging_folder("bench")
        for start in range(0, count * members // 2, OUTCOMES_PER_FILE):
            numbers = range(start, min(start + OUTCOMES_PER_FILE, count * members // 2))
            stage(staging, f"part-{start}", [made_outcome(f"case_{number}", number) for number in numbers])
        commit(store, staging)
        made = memories(store.guideline_log().ids, members)
        store.write_consolidation(
            [replace(one, stream=Stream.VISUAL if row % 2 else Stream.LOGIC) for row, one in enumerate(made)], [], []
        )
        start_s = time.perf_counter()
        record = publish(store)
        show("publish, its bank kept", time.perf_counter() - start_s)
        return record.id


def open_and_ask(folder: Path, snapshot_id: str, what: str) -> dict[str, float]:
    command = [sys.executable, "-c", OPEN_AND_ASK, str(folder), snapshot_id]
    import_s, open_s, first_s, count = (float(part) for part in subprocess.check_output(command, text=True).split())
    show(f"{what}: import", import_s)
    show(f"{what}: open {count:.0f} memories", open_s)
    show(f"{what}: first query", first_s)
    return {"import_s": import_s, "open_s": open_s, "first_query_s": first_s, "memories": count}


def show(what: str, seconds: float) -> None:
    print(f"{what:56} {seconds:8.3f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memories", type=int, default=100_000)
    parser.add_argument("--members", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "store"
        snapshot_id = make_store(folder, options.memories, options.members)
        kept = open_and_ask(folder, snapshot_id, "kept bank")
        shutil.rmtree(folder / BANKS_FOLDER)
        made = open_and_ask(folder, snapshot_id, "made from the tables")
    print(json.dumps({"benchmark": "snapshot", **vars(options), "kept": kept, "made": made}))


if __name__ == "__main__":
    main()
