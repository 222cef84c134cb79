from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from storage.commit import commit
from storage.staging import stage
from storage.store import Store
from tests.storage.samples import TEXT_DIM, candidate, case, outcome
from vilomem_core.errors import StoreError
from vilomem_core.ids import case_key
from vilomem_core.types import Stream


def test_cases_are_written_once_and_pictures_once(store: Store) -> None:
    cases = [case(number) for number in range(10)]
    assert store.add_cases(cases[:6]) == 6
    assert store.add_cases(cases) == 4
    assert store.add_cases([cases[0], cases[0]]) == 0
    assert (store.tables["cases"].count(), store.tables["images"].count()) == (10, 5)


def test_cases_come_back_in_the_order_asked_for(store: Store) -> None:
    cases = [case(number) for number in range(6)] + [replace(case(7), images=(), answer=None)]
    store.add_cases(cases)
    wanted = [cases[number] for number in (5, 0, 6, 3, 0)]
    assert store.load_cases([case_key(one) for one in wanted]) == wanted
    assert store.load_cases([]) == []


def test_an_unknown_case_is_named(store: Store) -> None:
    store.add_cases([case(1)])
    with pytest.raises(StoreError, match="has no case case_unknown"):
        store.load_cases([case_key(case(1)), "case_unknown"])


def test_known_cases_are_told_from_others(store: Store) -> None:
    store.add_cases([case(1), case(2)])
    keys = [case_key(case(number)) for number in (1, 2, 3)]
    assert store.known_case_keys(keys) == set(keys[:2])
    assert store.known_case_keys([*keys, *(f"case_{number}" for number in range(3000))]) == set(keys[:2])


def test_the_log_holds_the_accepted_candidates_by_round_and_id(store: Store) -> None:
    folder = store.staging_folder("run")
    stage(folder, "a", [outcome(3, round_number=1), outcome(4, round_number=1)])
    commit(store, folder)
    stage(folder, "b", [outcome(1), outcome(2)])
    commit(store, folder)
    log = store.guideline_log()
    first = sorted(made.id for number in (1, 2) for made in outcome(number).candidates if made.accepted)
    second = sorted(made.id for number in (3, 4) for made in outcome(number, round_number=1).candidates if made.accepted)
    assert list(log.ids) == first + second
    assert len(log.ids) == 7  # the logic guideline of case 3 was refused


def test_the_columns_of_the_log_go_together(store: Store) -> None:
    folder = store.staging_folder("run")
    stage(folder, "a", [outcome(number) for number in range(40)])
    commit(store, folder)
    log = store.guideline_log()
    by_id = {made.id: made for number in range(40) for made in outcome(number).candidates}
    for row, name in enumerate(log.ids):
        made = by_id[name]
        assert (log.streams[row], log.guidelines[row], log.questions[row]) == (made.stream, made.guideline, made.question)
        assert (log.subjects[row], log.case_keys[row]) == (made.subject, made.case_key)
        assert (log.key_concepts[row], log.image_sha256[row]) == (made.key_concepts, made.image_sha256)
        assert np.array_equal(log.guideline_vectors[row], made.guideline_vector)
        assert np.array_equal(log.question_vectors[row], made.question_vector)
        assert np.array_equal(log.concept_vectors[row], made.concept_vector)


def test_the_log_of_a_new_store_is_empty(store: Store) -> None:
    log = store.guideline_log()
    assert len(log.ids) == 0
    assert log.guideline_vectors.shape == (0, TEXT_DIM)


def test_candidates_come_with_every_vector(store: Store) -> None:
    folder = store.staging_folder("run")
    stage(folder, "a", [outcome(1), outcome(2)])
    commit(store, folder)
    found = store.candidates([candidate(2).id, "cand_unknown", candidate(1, Stream.LOGIC).id])
    assert [one.id for one in found] == [candidate(2).id, candidate(1, Stream.LOGIC).id]
    assert np.array_equal(found[0].image_vectors, candidate(2).image_vectors)
