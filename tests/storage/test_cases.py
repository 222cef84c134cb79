from __future__ import annotations

from dataclasses import replace

import pytest

from storage.store import Store
from tests.storage.samples import case
from vilomem_core.errors import StoreError
from vilomem_core.ids import case_key


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
