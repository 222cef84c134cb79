"""A data set into rounds: every case once a pass, held-out cases never, and ids that say what is the same run."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vilomem_core.evaluation import is_held_out
from vilomem_core.ids import CaseKeys
from vilomem_core.learning.plan import schedule, slices
from vilomem_core.settings.tree import LearnSettings, Settings


def _keys(count):
    return CaseKeys(f"case_{number:024x}" for number in range(count))


@given(st.integers(0, 60), st.integers(1, 12))
def test_rounds_hold_every_case_once_in_order_and_differ_by_one_at_most(count, rounds):
    keys = _keys(count)
    parts = slices(keys, LearnSettings(rounds=rounds))
    assert [key for part in parts for key in part] == list(keys)
    assert all(parts) and len(parts) == min(rounds, count)
    sizes = [len(part) for part in parts]
    assert sizes == sorted(sizes, reverse=True) and (not sizes or sizes[0] - sizes[-1] <= 1)


def test_a_round_size_wins_over_the_number_of_rounds():
    assert [len(part) for part in slices(_keys(10), LearnSettings(rounds=2, round_size=4))] == [4, 4, 2]


def test_held_out_cases_are_in_no_round_and_passes_repeat_the_rounds():
    keys = _keys(200)
    plan = schedule(keys, "digest", Settings(learn=LearnSettings(rounds=3, passes=2, holdout=0.25)))
    taught = [key for part in plan.rounds for key in part]
    assert set(plan.held_out) == {key for key in keys if is_held_out(key, 0.25)}
    assert set(taught).isdisjoint(plan.held_out) and set(taught) | set(plan.held_out) == set(keys)
    assert len(plan.rounds) == 6 and plan.rounds[:3] == plan.rounds[3:]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda settings: replace(settings, store="elsewhere"), True),
        (lambda settings: replace(settings, engine=replace(settings.engine, kind="inline", in_flight=3)), True),
        (lambda settings: replace(settings, learn=replace(settings.learn, rounds=7)), False),
        (lambda settings: replace(settings, learn=replace(settings.learn, run="again")), False),
    ],
    ids=["store", "engine", "rounds", "run"],
)
def test_a_run_is_named_by_data_and_settings_and_not_by_store_or_engine(change, same):
    settings = Settings()
    run_id = schedule(_keys(9), "digest", settings).run_id
    assert (schedule(_keys(9), "digest", change(settings)).run_id == run_id) is same
    assert schedule(_keys(9), "another digest", settings).run_id != run_id
