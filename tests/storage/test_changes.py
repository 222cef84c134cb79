from __future__ import annotations

from storage.store import Store
from tests.storage.killed import consolidate
from tests.storage.samples import candidate, event, judgement, memory
from vilomem_core.types import MemoryState


def lineage(store: Store) -> list[tuple[str, str]]:
    rows = store.tables["lineage"].read().to_pylist()
    return sorted((row["memory_id"], row["candidate_id"]) for row in rows)


def test_changed_memories_are_replaced_and_their_lineage_follows(store: Store) -> None:
    first, second, third = (candidate(number) for number in (1, 2, 3))
    store.write_consolidation([memory(1, (first, second))], [judgement(first, second)], [event("mem_001")])
    consolidate(store)
    found = store.memories()
    assert [(one.id, one.rule, one.member_ids) for one in found] == [
        ("mem_001", "Rewritten.", (first.id,)),
        ("mem_002", "Rule 2.", (second.id, third.id)),
    ]
    assert lineage(store) == sorted([("mem_001", first.id), ("mem_002", second.id), ("mem_002", third.id)])
    assert store.judgements() == [judgement(first, second, same=False)]
    assert store.events(["mem_001", "mem_002"]) == [event("mem_001"), event("mem_002")]


def test_memories_that_did_not_change_stay_as_they_are_to_the_byte(store: Store) -> None:
    store.write_consolidation([memory(number, (candidate(number),)) for number in range(1, 30)], [], [])
    before = store.tables["memories"].read().sort_by("id").filter(keep_others())
    consolidate(store)
    after = store.tables["memories"].read().sort_by("id").filter(keep_others())
    assert after.equals(before)
    assert after.num_rows == 27


def keep_others():  # type: ignore[no-untyped-def]
    import pyarrow.compute as pc

    return ~pc.field("id").isin(["mem_001", "mem_002"])


def test_memories_are_asked_for_by_state(store: Store) -> None:
    retired = memory(2, (), state=MemoryState.RETIRED)
    store.write_consolidation([memory(1, ()), retired], [], [])
    assert [one.id for one in store.memories()] == ["mem_001"]
    assert [one.id for one in store.memories((MemoryState.RETIRED,))] == ["mem_002"]
    assert [one.id for one in store.memories(tuple(MemoryState))] == ["mem_001", "mem_002"]


def test_a_consolidation_without_changes_writes_nothing(store: Store) -> None:
    store.write_consolidation([memory(1, ())], [], [])
    versions = {name: store.tables[name].versions() for name in ("memories", "lineage", "judgements", "events")}
    store.write_consolidation([], [], [])
    assert {name: store.tables[name].versions() for name in versions} == versions
