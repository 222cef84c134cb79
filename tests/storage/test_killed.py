"""A process that is killed between two writes leaves nothing that running again does not repair."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.commit import commit
from storage.schema import KEYS
from storage.staging import stage, staged_files
from storage.store import Store
from tests.storage.killed import consolidate
from tests.storage.samples import attempt, candidate, failed, memory, outcome

PROJECT = Path(__file__).resolve().parents[2]


def kill_in(stores: Sequence[Path], job: str) -> None:
    """Run ``job`` on every store; the process of the n-th store dies after its n-th write."""
    subprocess.run([sys.executable, "-m", "tests.storage.killed", job, *map(str, stores)], cwd=PROJECT, check=True)


def tables(store: Store) -> dict[str, list[dict[str, Any]]]:
    return {name: store.tables[name].read().sort_by(key).to_pylist() for name, key in KEYS.items()}


def copies(store: Store, count: int) -> list[Path]:
    """The store ``count`` times over; it is closed for that."""
    store.close()
    paths = [store.folder.with_name(f"copy-{number}") for number in range(count)]
    for path in paths:
        shutil.copytree(store.folder, path)
    return paths


def test_a_commit_killed_anywhere_is_repaired_by_committing_again(store: Store) -> None:
    stage(store.staging_folder("run"), "a", [outcome(1), outcome(2), failed(3)])
    stage(store.staging_folder("run"), "b", [outcome(4)])
    paths = copies(store, 5)  # killed after failures, reflections, candidates, attempts, and the removal of one staged file
    with Store.open(store.folder) as whole:
        commit(whole, whole.staging_folder("run"))
        expected = tables(whole)
    kill_in(paths, "commit")
    with Store.open(paths[2], read_only=True) as unfinished:  # an attempt's row means that all that belongs to it is there
        assert unfinished.attempt_ids([attempt(1).id]) == set()
        assert len(unfinished.candidates([candidate(1).id])) == 1
    for path in paths:
        with Store.open(path) as again:
            folder = again.staging_folder("run")
            left = len(staged_files(folder))
            commit(again, folder)
            assert (left, staged_files(folder)) == (1 if path == paths[4] else 2, [])
            assert tables(again) == expected


def test_a_consolidation_killed_anywhere_is_finished_when_the_store_is_opened(store: Store) -> None:
    store.write_consolidation([memory(1, (candidate(1), candidate(2))), memory(9, (candidate(9),))], [], [])
    paths = copies(store, 5)  # killed after judgements, events, memories, the removal and the addition of lineage
    with Store.open(store.folder) as whole:
        consolidate(whole)
        expected = tables(whole)
    kill_in(paths, "consolidate")
    for path in paths:
        with Store.open(path) as again:
            assert tables(again) == expected
            consolidate(again)
            assert tables(again) == expected
