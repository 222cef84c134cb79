from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from storage.commit import CommitReport, commit
from storage.staging import stage, staged_files
from storage.store import Store
from tests.storage.samples import attempt, candidate, case, failed, failure, outcome, reflection
from vilomem_core.errors import StoreError
from vilomem_core.types import CaseOutcome, Stream


def rows(store: Store) -> dict[str, int]:
    return {name: store.tables[name].count() for name in ("attempts", "reflections", "candidates", "failures")}


def test_everything_staged_reaches_the_tables_and_the_files_are_gone(store: Store) -> None:
    folder = store.staging_folder("run")
    stage(folder, "a", [outcome(1), outcome(2), failed(3)])
    stage(folder, "b", [outcome(4)])
    report = commit(store, folder)
    assert report == CommitReport(files=2, outcomes=4, attempts=3, reflections=6, candidates=6, failures=1)
    assert staged_files(folder) == []
    stored = store.attempts([attempt(2).id, attempt(9).id, attempt(1).id])
    assert stored == [attempt(2), attempt(1)]
    assert store.reflections([attempt(4).id]) == [reflection(4, Stream.LOGIC), reflection(4, Stream.VISUAL)]
    assert store.failures([attempt(3).id]) == [failure(3)]


def test_rows_that_exist_or_come_twice_are_written_once(store: Store) -> None:
    folder = store.staging_folder("run")
    stage(folder, "a", [outcome(1), outcome(1)])
    stage(folder, "b", [outcome(1), outcome(2)])
    commit(store, folder)
    stage(folder, "c", [outcome(2), outcome(3)])
    report = commit(store, folder)
    assert (report.attempts, report.candidates) == (1, 2)
    assert rows(store) == {"attempts": 3, "reflections": 6, "candidates": 6, "failures": 0}


def test_a_critic_that_speaks_later_is_added_to_its_attempt(store: Store) -> None:
    folder = store.staging_folder("run")
    whole = outcome(4, round_number=3)
    stage(folder, "a", [replace(whole, reflections=whole.reflections[:1], candidates=whole.candidates[:1])])
    commit(store, folder)
    stage(folder, "b", [replace(whole, attempt=None, reflections=whole.reflections[1:], candidates=whole.candidates[1:])])
    commit(store, folder)
    assert rows(store) == {"attempts": 1, "reflections": 2, "candidates": 2, "failures": 0}
    rounds = store.tables["candidates"].read(["round"]).column("round").to_pylist()
    assert rounds == [3, 3]


def test_an_analysis_that_comes_later_completes_the_attempt(store: Store) -> None:
    folder = store.staging_folder("run")
    whole = attempt(1)
    without = replace(whole, analysis=None)
    stage(folder, "a", [CaseOutcome(whole.case_key, without)])
    commit(store, folder)
    stage(folder, "b", [CaseOutcome(whole.case_key, without)])
    stage(folder, "c", [CaseOutcome(whole.case_key, whole)])
    commit(store, folder)
    assert store.attempts([whole.id]) == [whole]
    stage(folder, "d", [CaseOutcome(whole.case_key, without)])
    commit(store, folder)
    assert store.attempts([whole.id]) == [whole]


def test_a_failure_writes_only_a_failure(store: Store) -> None:
    folder = store.staging_folder("run")
    stage(folder, "a", [failed(1), failed(2)])
    commit(store, folder)
    assert rows(store) == {"attempts": 0, "reflections": 0, "candidates": 0, "failures": 2}


def test_vectors_of_another_embedder_are_refused_before_anything_is_written(store: Store) -> None:
    folder = store.staging_folder("run")
    foreign = replace(
        candidate(1),
        guideline_vector=np.ones(3, dtype=np.float32),
        question_vector=np.ones(3, dtype=np.float32),
        concept_vector=np.ones(3, dtype=np.float32),
    )
    stage(folder, "a", [replace(outcome(1), candidates=(foreign,))])
    with pytest.raises(StoreError, match=f"{foreign.id} has 3 numbers, but this store holds 8"):
        commit(store, folder)
    assert set(rows(store).values()) == {0}
    assert len(staged_files(folder)) == 1


def test_candidates_without_pictures_are_committed(store: Store) -> None:
    folder = store.staging_folder("run")
    for name, width in (("a", 0), ("b", 5)):
        plain = replace(candidate(1 if name == "a" else 2), image_sha256=(), image_vectors=np.zeros((0, width), dtype=np.float32))
        stage(folder, name, [CaseOutcome(plain.case_key, None, candidates=(plain,))])
    commit(store, folder)
    stored = store.candidates([candidate(1).id, candidate(2).id])
    assert [found.image_vectors.shape for found in stored] == [(0, 5), (0, 5)]


def test_a_damaged_staged_file_is_named(store: Store) -> None:
    folder = store.staging_folder("run")
    path = stage(folder, "a", [outcome(1)])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(StoreError, match=r"a\.arrow is damaged"):
        commit(store, folder)


def test_nothing_staged_is_nothing_done(store: Store) -> None:
    assert commit(store, store.staging_folder("never")) == CommitReport()
    assert store.known_case_keys([outcome(1).case_key]) == set()
    assert store.add_cases([case(1)]) == 1
