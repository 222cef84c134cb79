"""Outcomes steer memory: help and harm, retirement, ageing, capacity, and what a hand has pinned."""

from __future__ import annotations

import pytest

from tests.vilomem_core.consolidation.planted import Memories, every, first, planted_log
from vilomem_core.consolidation.forgetting import RecallOutcome, harm_probability
from vilomem_core.errors import SettingsError
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import Memory, MemoryState, VerdictStatus

RIGHT, WRONG, OPEN = VerdictStatus.CORRECT, VerdictStatus.INCORRECT, VerdictStatus.UNDETERMINED


def recalls(memory: Memory, *seen: tuple[VerdictStatus | None, VerdictStatus], round_number: int = 1) -> list[RecallOutcome]:
    """Outcomes of recalls, each (verdict without memory, verdict with this one)."""
    return [RecallOutcome(memory.id, f"case_{n}", verdict, before, round_number) for n, (before, verdict) in enumerate(seen)]


def learned(rules: int = 3, wordings: int = 3, **settings: object) -> tuple[Memories, list[Memory]]:
    memories = Memories(settings=ConsolidationSettings(**settings))  # type: ignore[arg-type]
    memories.consolidate(planted_log(every(rules, wordings)))
    return memories, sorted(memories.active(), key=lambda memory: memory.id)


LOG = planted_log(every(3, 3))


def test_only_a_changed_verdict_counts_as_help_or_harm():
    memories, (one, *_) = learned()
    seen = [
        (WRONG, RIGHT),
        (WRONG, RIGHT),
        (RIGHT, WRONG),
        (RIGHT, RIGHT),
        (WRONG, WRONG),
        (None, WRONG),
        (OPEN, RIGHT),
        (RIGHT, OPEN),
    ]
    memories.consolidate(LOG, outcomes=recalls(one, *seen, round_number=4))
    after = memories.rows[one.id]
    assert (after.recalled, after.helped, after.harmed, after.last_used_round) == (8, 2, 1, 4)
    assert after.state is MemoryState.ACTIVE


def test_counting_starts_anew_each_time():
    memories, (one, *_) = learned()
    outcomes = recalls(one, (WRONG, RIGHT))
    memories.consolidate(LOG, outcomes=outcomes)
    assert not memories.consolidate(LOG, outcomes=outcomes).changed
    assert memories.rows[one.id].helped == 1


@pytest.mark.parametrize(
    ("helped", "harmed", "wanted"), [(0, 0, 0.5), (0, 1, 0.75), (0, 4, 31 / 32), (3, 3, 0.5), (9, 1, 12 / 2048)]
)
def test_the_posterior_of_harm_is_that_of_a_fair_coin(helped: int, harmed: int, wanted: float):
    assert harm_probability(helped, harmed) == pytest.approx(wanted)


def test_a_memory_that_harms_retires_with_its_record_as_the_reason_and_others_stay():
    memories, (one, other, _) = learned()
    outcomes = [*recalls(one, *[(RIGHT, WRONG)] * 6, (WRONG, RIGHT)), *recalls(other, (RIGHT, WRONG))]
    result = memories.consolidate(LOG, outcomes=outcomes)
    assert memories.rows[one.id].state is MemoryState.RETIRED and memories.rows[other.id].state is MemoryState.ACTIVE
    (event,) = [event for event in result.events if event.memory_id == one.id]
    assert event.kind == "retired" and "harmed 6 and helped 1" in event.reason
    again = memories.consolidate(LOG, outcomes=outcomes)
    assert not again.changed and not again.events


def test_a_harmful_rule_does_not_come_back_under_another_name():
    wordings = [*every(3, 4), (0, 8), (0, 9), (0, 0), (5, 0)]
    log = planted_log(wordings)
    memories = Memories()
    memories.consolidate(first(log, 12))
    harmful = next(memory for memory in memories.active() if memory.member_ids[0].split("_")[-2] == "0")
    outcomes = recalls(harmful, *[(RIGHT, WRONG)] * 6)
    memories.consolidate(first(log, 12), outcomes=outcomes)
    for rebuild in (False, True):
        result = memories.consolidate(log, outcomes=outcomes, rebuild=rebuild)
        assert memories.rows[harmful.id].state is MemoryState.RETIRED and memories.rows[harmful.id].support == 7
        assert "restored" not in {event.kind for event in result.events}
        assert sorted(rules.pop() for rules in memories.rules()) == ["0", "1", "2", "5"]


def test_what_a_merged_memory_did_counts_for_its_successor():
    memories, (one, *_) = learned()
    gone = memories.change(one, id="mem_gone", state=MemoryState.MERGED, merged_into=one.id, member_ids=())
    memories.rows["mem_gone"] = gone
    memories.rows[one.id] = one
    memories.consolidate(LOG, outcomes=recalls(gone, (WRONG, RIGHT)))
    assert memories.rows[one.id].helped == 1


def test_a_memory_that_nobody_needs_ages_and_a_new_guideline_brings_it_back():
    wordings = [*every(3, 3), (0, 9)]
    log = planted_log(wordings)
    memories = Memories(settings=ConsolidationSettings(ageing_rounds=5))
    memories.consolidate(first(log, 9))
    used = memories.active()[0]
    outcomes = recalls(used, (RIGHT, RIGHT), round_number=5)
    result = memories.consolidate(first(log, 9), outcomes=outcomes)
    assert [memory.id for memory in memories.active()] == [used.id]
    assert all("5 rounds" in event.reason for event in result.events)
    result = memories.consolidate(log, outcomes=outcomes)
    back = [event for event in result.events if event.kind == "restored"]
    grown = [event for event in result.events if event.kind == "grown"]
    assert len(grown) == 1
    assert [event.memory_id for event in back] == [event.memory_id for event in grown if event.memory_id != used.id]


def test_capacity_keeps_the_most_useful_of_each_stream():
    memories, (one, other, third) = learned()
    memories.settings = ConsolidationSettings(capacity=2)
    outcomes = [*recalls(one, (WRONG, RIGHT)), *recalls(third, (WRONG, RIGHT))]
    result = memories.consolidate(LOG, outcomes=outcomes)
    assert {memory.id for memory in memories.active()} == {one.id, third.id}
    assert [(event.memory_id, event.kind) for event in result.events] == [(other.id, "evicted")]
    assert "capacity of 2" in result.events[0].reason


def test_a_pinned_memory_stays_whatever_its_record_age_and_capacity():
    memories, (one, *_) = learned(ageing_rounds=2)
    memories.change(one, pinned=True)
    memories.settings = ConsolidationSettings(ageing_rounds=2, capacity=1)
    result = memories.consolidate(LOG, outcomes=recalls(one, *[(RIGHT, WRONG)] * 9, round_number=30))
    assert [memory.id for memory in memories.active()] == [one.id]
    assert one.id not in {event.memory_id for event in result.events}


def test_a_memory_that_a_hand_retired_stays_retired_when_guidelines_state_it_again():
    log = planted_log([*every(2, 3), (0, 7), (0, 8)])
    memories = Memories()
    memories.consolidate(first(log, 6))
    out = next(memory for memory in memories.active() if memory.member_ids[0].split("_")[-2] == "0")
    memories.change(out, state=MemoryState.RETIRED, pinned=True)
    memories.consolidate(log)
    assert memories.rows[out.id].state is MemoryState.RETIRED and memories.rows[out.id].support == 5


@pytest.mark.parametrize(
    "wrong",
    [{"link": 4.0}, {"cohesion": -0.1}, {"harm_posterior": 0.2}, {"capacity": -1}, {"judge_concurrency": 0}, {"ageing_rounds": -3}],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, float]):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        ConsolidationSettings(**wrong)  # type: ignore[arg-type]
