from __future__ import annotations

from dataclasses import replace

from storage.commit import commit
from storage.staging import stage
from storage.store import Store
from tests.storage.samples import attempt, hit
from vilomem_core.consolidation.forgetting import RecallOutcome
from vilomem_core.types import Attempt, CaseOutcome, VerdictStatus

CORRECT, INCORRECT, UNDETERMINED = VerdictStatus.CORRECT, VerdictStatus.INCORRECT, VerdictStatus.UNDETERMINED


def committed(store: Store, *attempts: Attempt) -> list[RecallOutcome]:
    stage(store.staging_folder("run"), "a", [CaseOutcome(made.case_key, made) for made in attempts])
    commit(store, store.staging_folder("run"))
    return store.recall_outcomes()


def test_each_recalled_memory_gets_the_verdict_and_the_baseline(store: Store) -> None:
    plain = attempt(1, INCORRECT)
    helped = attempt(1, CORRECT, round_number=1, snapshot="snap_1", hits=(hit("mem_a"), hit("mem_b")))
    alone = attempt(2, INCORRECT, round_number=1, snapshot="snap_1", hits=(hit("mem_a"),))
    expected = [
        RecallOutcome("mem_a", helped.case_key, CORRECT, INCORRECT, 1),
        RecallOutcome("mem_a", alone.case_key, INCORRECT, None, 1),
        RecallOutcome("mem_b", helped.case_key, CORRECT, INCORRECT, 1),
    ]
    assert sorted(committed(store, plain, helped, alone), key=repr) == sorted(expected, key=repr)


def test_the_baseline_is_the_same_models_last_determined_verdict(store: Store) -> None:
    recalled = attempt(1, CORRECT, round_number=3, snapshot="snap_1", hits=(hit("mem_a"),))
    found = committed(
        store,
        recalled,
        attempt(1, CORRECT, round_number=0),
        attempt(1, INCORRECT, round_number=1),
        attempt(1, UNDETERMINED, round_number=2),
        replace(attempt(1, CORRECT, round_number=2, arm="other"), model="another"),
    )
    assert found == [RecallOutcome("mem_a", recalled.case_key, CORRECT, INCORRECT, 3)]


def test_a_store_without_recalls_has_no_outcomes(store: Store) -> None:
    assert store.recall_outcomes() == []
    assert committed(store, attempt(1)) == []
