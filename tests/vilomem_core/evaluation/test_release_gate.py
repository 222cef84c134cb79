"""When a snapshot is released, who is blamed, and which cases are held out."""

from __future__ import annotations

import random

import pytest

from vilomem_core.errors import SettingsError, StoreError
from vilomem_core.evaluation import (
    PairedResult,
    ReleaseEvidence,
    ReleaseSettings,
    blame,
    is_held_out,
    read_evidence,
    release_gate,
    write_evidence,
)
from vilomem_core.evaluation.blame import benjamini_hochberg
from vilomem_core.types import VerdictStatus

RIGHT, WRONG = VerdictStatus.CORRECT, VerdictStatus.INCORRECT
HELPS = PairedResult(both_right=30, fixed=25, broken=3, both_wrong=42)
SAME = PairedResult(both_right=150, fixed=4, broken=4, both_wrong=42)
SETTINGS = ReleaseSettings()


def test_a_first_snapshot_that_helps_is_released() -> None:
    decision = release_gate(None, HELPS, SETTINGS)
    assert decision.released
    assert "25 fixed and 3 broken of 100 cases" in decision.reason


def test_a_snapshot_that_helps_and_loses_nothing_is_released() -> None:
    assert release_gate(SAME, HELPS, SETTINGS).released


def test_no_gain_over_no_memory_is_no_release_whatever_the_current_one_does() -> None:
    none = PairedResult(both_right=50, fixed=5, broken=4, both_wrong=41)
    decision = release_gate(PairedResult(20, 30, 0, 50), none, SETTINGS)
    assert not decision.released
    assert "Not shown to help" in decision.reason


def test_few_cases_cannot_show_that_nothing_is_lost() -> None:
    few = PairedResult(both_right=12, fixed=1, broken=1, both_wrong=4)
    decision = release_gate(few, HELPS, SETTINGS)
    assert few.p_worse > 0.5  # no sign of harm, and yet no evidence against it
    assert not decision.released
    assert "cannot be ruled out" in decision.reason
    assert release_gate(few, HELPS, ReleaseSettings(margin=0.5)).released


def test_many_cases_without_verdict_are_no_evidence() -> None:
    outage = PairedResult(both_right=10, fixed=20, broken=0, both_wrong=5, undetermined=30)
    assert "no verdict" in release_gate(None, outage, SETTINGS).reason
    assert not release_gate(None, outage, SETTINGS).released
    assert not release_gate(None, PairedResult(0, 0, 0, 0), SETTINGS).released


def test_every_further_look_at_the_same_cases_asks_for_more() -> None:
    border = PairedResult(both_right=30, fixed=8, broken=1, both_wrong=20)
    assert release_gate(None, border, SETTINGS, look=1).released
    assert not release_gate(None, border, SETTINGS, look=2).released
    assert sum(release_gate(None, border, SETTINGS, look=look).level for look in range(1, 1000)) <= SETTINGS.alpha


def test_a_useless_memory_is_rarely_released_over_many_looks() -> None:
    rng, releases = random.Random(4), 0
    for _ in range(200):
        looks = []
        for look in range(1, 7):
            fixed = sum(rng.random() < 0.5 for _ in range(20))
            looks.append(release_gate(None, PairedResult(30, fixed, 20 - fixed, 30), SETTINGS, look).released)
        releases += any(looks)
    assert releases / 200 <= SETTINGS.alpha + 0.02


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"alpha": 0.7}, {"margin": -0.1}, {"max_undetermined": 1.5}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        ReleaseSettings(**wrong)  # type: ignore[arg-type]  # none of them is the seed


def test_evidence_survives_the_snapshot_record() -> None:
    suspects = blame({"a": RIGHT, "b": WRONG}, {"a": WRONG, "b": WRONG}, {"a": {"mem_1"}, "b": {"mem_1"}})
    evidence = ReleaseEvidence(release_gate(SAME, HELPS, SETTINGS), HELPS, SAME, suspects)
    assert read_evidence(write_evidence(evidence)) == evidence
    first = ReleaseEvidence(release_gate(None, PairedResult(0, 0, 0, 0), SETTINGS), PairedResult(0, 0, 0, 0), None)
    assert read_evidence(write_evidence(first)) == first
    assert read_evidence("{}") is None


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"released": true}', '{"vs_current": 3}'])
def test_damaged_evidence_is_an_error(text: str) -> None:
    with pytest.raises(StoreError, match="evidence"):
        read_evidence(text)


def test_the_memory_that_breaks_cases_is_found_among_those_that_do_not() -> None:
    keys = [f"case_{number}" for number in range(120)]
    baseline = {key: RIGHT if number % 2 else WRONG for number, key in enumerate(keys)}
    recalled = {key: ["good"] if number < 60 else ["idle"] for number, key in enumerate(keys)}
    candidate = dict(baseline)
    for key in keys[:40:2]:
        candidate[key] = RIGHT  # wrong before
    for key in keys[81:101:2]:
        candidate[key] = WRONG  # right before
        recalled[key] = ["idle", "harmful", "harmful"]
    found = {entry.memory_id: entry for entry in blame(baseline, candidate, recalled)}
    assert next(iter(found)) == "harmful"
    assert found["harmful"].result == PairedResult(both_right=0, fixed=0, broken=10, both_wrong=0)
    assert found["harmful"].q_harm < 0.05
    assert found["good"].result.fixed == 20
    assert found["good"].q_harm > 0.9
    # present in the same broken cases, so equally suspicious: presence is not cause
    assert found["idle"].result.broken == 10


def test_memories_without_a_changed_case_are_listed_without_suspicion() -> None:
    (entry,) = blame({"a": RIGHT}, {"a": RIGHT}, {"a": {"m"}, "never judged": {"m"}})
    assert (entry.memory_id, entry.result.pairs, entry.p_harm, entry.q_harm) == ("m", 1, 1.0, 1.0)


def test_correction_for_many_memories() -> None:
    # worked by hand: 4 p-values, each times 4 / rank, made monotone from the largest down
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert benjamini_hochberg([]) == []


def test_chance_alone_blames_almost_nobody() -> None:
    rng, blamed = random.Random(8), 0
    keys = [f"case_{number}" for number in range(400)]
    for _ in range(20):
        baseline = {key: rng.choice((RIGHT, WRONG)) for key in keys}
        candidate = {key: rng.choice((RIGHT, WRONG)) for key in keys}
        recalled = {key: [f"mem_{rng.randrange(40)}"] for key in keys}
        blamed += any(entry.q_harm <= 0.1 for entry in blame(baseline, candidate, recalled))
    assert blamed <= 5


def test_the_held_out_part_depends_on_the_key_alone_and_grows_with_its_share() -> None:
    keys = [f"case_{number}" for number in range(4000)]
    quarter = {key for key in keys if is_held_out(key, 0.25)}
    half = {key for key in keys if is_held_out(key, 0.5)}
    assert quarter < half
    assert 900 < len(quarter) < 1100
    assert quarter != {key for key in keys if is_held_out(key, 0.25, seed=1)}
    assert not any(is_held_out(key, 0.0) for key in keys)
    assert all(is_held_out(key, 1.0) for key in keys)
    with pytest.raises(ValueError, match="between 0 and 1"):
        is_held_out("case", 25)
