"""What new guidelines reach: only what is near them, however large the log."""

from __future__ import annotations

import numpy as np

from tests.vilomem_core.consolidation.planted import EMBEDDER, Memories, every, first, planted_log
from vilomem_core.consolidation.affected import SAMPLED, affected_by, assignments, singletons, whole_stream
from vilomem_core.consolidation.calibration import calibration_for
from vilomem_core.consolidation.log import distinct_wordings
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import Stream

SETTINGS = ConsolidationSettings()


def reached_by(wordings: list[tuple[int, int]], known: int) -> tuple[set[int], set[str], tuple[int, ...]]:
    """The rules whose wordings are clustered again when those after the first ``known`` arrive, the memories touched, the followers."""
    log = planted_log(wordings)
    memories = Memories()
    memories.consolidate(first(log, known))
    living = sorted(memories.active(), key=lambda memory: memory.id)
    distinct = distinct_wordings(log, Stream.LOGIC, calibration_for(EMBEDDER))
    affected = affected_by(distinct, assignments(distinct, log.ids, living), living, [], SETTINGS)
    rules = {wordings[row][0] for wording in affected.chosen for row in distinct.rows[wording]}
    return rules, {memory.id for memory in affected.memories}, tuple(map(len, affected.followers))


def test_a_new_wording_reaches_its_rule_and_no_unrelated_one():
    rules, touched, _ = reached_by([*every(20, 4), (7, 9)], 80)
    assert rules == {7} and len(touched) == 1


def test_a_wording_of_a_new_rule_reaches_nothing_but_itself():
    rules, touched, _ = reached_by([*every(20, 4), (33, 0)], 80)
    assert rules == {33} and not touched


def test_nothing_new_reaches_nothing():
    assert reached_by(every(5, 4), 20) == (set(), set(), ())


def test_of_a_large_memory_some_wordings_are_clustered_again_and_the_others_follow():
    _, touched, followers = reached_by([*every(1, 60), (0, 60)], 60)
    assert len(touched) == 1 and followers == (60 - SAMPLED,)


def test_a_rebuild_reaches_everything():
    log = planted_log(every(5, 4))
    distinct = distinct_wordings(log, Stream.LOGIC, calibration_for(EMBEDDER))
    affected = whole_stream(assignments(distinct, log.ids, []), [])
    assert len(affected.chosen) == 20 == len(affected.open_rows)


def test_a_wording_alone_in_its_memory_is_doubtful_only_where_another_is_near():
    log = planted_log([(0, 0), (0, 1), (5, 0)])
    distinct = distinct_wordings(log, Stream.LOGIC, calibration_for(EMBEDDER))
    found = {log.ids[distinct.rows[wording][0]] for wording in singletons(distinct, np.arange(3))}
    assert found == set(log.ids[:2])
