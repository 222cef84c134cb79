from __future__ import annotations

import pytest

from storage.commit import commit
from storage.staging import stage
from storage.store import Store
from tests.storage.samples import attempt, candidate, case, memory, outcome
from vilomem_core.ids import case_key


def commit_one_by_one(store: Store, numbers: range) -> None:
    for number in numbers:
        stage(store.staging_folder("run"), "part", [outcome(number)])
        commit(store, store.staging_folder("run"))


def fragments(store: Store, name: str) -> int:
    return int(store.tables[name]._lance.stats()["fragment_stats"]["num_fragments"])


def test_many_small_commits_are_compacted_without_a_change(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.tables.COMPACT_FRAGMENTS", 4)
    commit_one_by_one(store, range(10))
    assert fragments(store, "attempts") < 4
    assert store.attempts([attempt(number).id for number in range(10)]) == [attempt(number) for number in range(10)]
    assert len(store.guideline_log().ids) == 16
    for _ in range(10):
        store.write_consolidation([memory(1, (candidate(1),))], [], [])
    assert fragments(store, "memories") < 4
    assert len(store.memories()) == 1


def test_rows_are_found_and_kept_apart_with_and_without_an_index(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.tables.INDEX_ROWS", 5)
    monkeypatch.setattr("storage.tables.LOOKUP_CHUNK", 3)
    cases = [case(number) for number in range(20)]
    for start in range(0, 20, 4):
        store.add_cases(cases[start : start + 4])
    assert [index.columns for index in store.tables["cases"]._lance.list_indices()] == [["case_key"]]
    store.add_cases([*cases, case(30)])
    keys = [case_key(one) for one in reversed(cases)]
    assert store.load_cases(keys) == list(reversed(cases))
    assert store.known_case_keys([*keys, "case_unknown"]) == set(keys)
    assert store.tables["cases"].count() == 21
    commit_one_by_one(store, range(8))
    commit_one_by_one(store, range(8))
    assert store.tables["attempts"].count() == 8


def test_whole_tables_and_single_rows_give_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_one_by_one(store, range(6))
    ids = [attempt(number).id for number in range(6)]
    looked_up = [store.attempts(ids), store.attempt_ids([*ids, "att_unknown"]), store.reflections(ids)]
    monkeypatch.setattr("storage.tables.LOOKUP_CHUNK", 1)  # now whole tables are read
    assert [store.attempts(ids), store.attempt_ids([*ids, "att_unknown"]), store.reflections(ids)] == looked_up
