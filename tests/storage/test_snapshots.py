from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from storage.commit import commit
from storage.schema import SNAPSHOTS
from storage.snapshots import BANKS_FOLDER, collect_garbage, open_bank, open_snapshot, publish, set_release
from storage.staging import stage
from storage.store import Store
from tests.storage.samples import candidate, memory, outcome
from vilomem_core.errors import StoreError
from vilomem_core.types import MemoryState, Stream


@pytest.fixture
def filled(store: Store) -> Store:
    """Candidates 1 to 6 of both streams, and two memories."""
    stage(store.staging_folder("run"), "a", [outcome(number) for number in range(1, 7)])
    commit(store, store.staging_folder("run"))
    store.write_consolidation(
        [
            memory(1, (candidate(1), candidate(2))),
            memory(2, (candidate(4, Stream.LOGIC),), Stream.LOGIC),
            memory(3, (candidate(3),), state=MemoryState.RETIRED),
        ],
        [],
        [],
    )
    return store


def test_a_snapshot_releases_the_active_memories(filled: Store) -> None:
    record = publish(filled, parent_id="")
    assert (record.visual, record.logic, record.status, record.evidence) == (1, 1, "unevaluated", "{}")
    assert (record.text_embedder, record.image_embedder) == ("text-a", "image-a")
    assert filled.snapshots() == [record]
    assert filled.snapshot(record.id) == record
    bank = open_bank(filled, record.id)
    assert (list(bank.memory_ids), list(bank.rules)) == (["mem_001", "mem_002"], ["Rule 1.", "Rule 2."])


def test_the_same_memories_are_the_same_snapshot(filled: Store) -> None:
    first = publish(filled)
    used = replace(filled.memories()[0], helped=3, recalled=4, last_used_round=2)
    filled.write_consolidation([used], [], [])
    assert publish(filled, parent_id=first.id) == first
    filled.write_consolidation([replace(used, rule="Another rule.")], [], [])
    second = publish(filled, parent_id=first.id)
    assert second.id != first.id
    assert [record.id for record in filled.snapshots()] == [first.id, second.id]
    assert second.parent_id == first.id


def test_latest_moves_only_when_asked(filled: Store) -> None:
    record = publish(filled)
    assert filled.latest_snapshot() is None
    with pytest.raises(StoreError, match="has no latest snapshot"):
        open_bank(filled, "latest")
    assert set_release(filled, record.id, status="rejected", evidence='{"p": 1}', move_latest=False).status == "rejected"
    assert filled.latest_snapshot() is None
    released = set_release(filled, record.id, status="released", evidence='{"p": 0.01}', move_latest=True)
    assert filled.latest_snapshot() == released == filled.snapshot("latest")
    assert open_bank(filled, "latest").snapshot_id == record.id


def test_an_unknown_snapshot_is_told_with_the_nearest_id(filled: Store) -> None:
    with pytest.raises(StoreError, match=r"has no snapshot 'snap_1'\. It has none yet\."):
        filled.snapshot("snap_1")
    record = publish(filled)
    with pytest.raises(StoreError, match=rf"Did you mean {record.id}\?"):
        open_bank(filled, record.id[:-1])
    with pytest.raises(StoreError, match=rf"The last ones are {record.id}\."):
        set_release(filled, "2026", status="released", evidence="{}", move_latest=True)


def test_a_snapshot_outlives_every_change_and_every_pruning(filled: Store) -> None:
    record = publish(filled)
    before = open_bank(filled, record.id)
    for number in range(5):
        filled.write_consolidation([memory(1, (candidate(5),), rule=f"Changed {number}.")], [], [])
        stage(filled.staging_folder("run"), "b", [outcome(10 + number)])
        commit(filled, filled.staging_folder("run"))
    publish(filled)
    report = collect_garbage(filled, 0)
    assert report.versions > 10
    assert report.freed_bytes > 0
    for path in (filled.folder / BANKS_FOLDER).iterdir():  # so that the tables have to answer
        path.rename(path.with_name(f"gone-{path.name}"))
    after = open_bank(filled, record.id)
    assert list(after.rules) == list(before.rules) == ["Rule 1.", "Rule 2."]
    assert np.array_equal(after.text_vectors, before.text_vectors)
    assert [one.rule for one in filled.memories()] == ["Changed 4.", "Rule 2."]


def test_a_published_snapshot_is_opened_from_its_kept_bank(filled: Store) -> None:
    record = publish(filled)
    assert (filled.folder / BANKS_FOLDER / record.id / "manifest.json").is_file()
    filled.tables["candidates"].delete([candidate(1).id])  # the kept bank does not need them
    with Store.open(filled.folder, read_only=True) as reader:
        assert list(open_bank(reader, record.id).rules) == ["Rule 1.", "Rule 2."]


def test_another_program_opens_a_snapshot_without_engines_and_orchestrators(filled: Store) -> None:
    record = publish(filled)
    code = f"""
import sys
from pathlib import Path
from storage.snapshots import open_snapshot
import vilomem_core.recall.recaller, vilomem_core.recall.service
print(*sorted({{"torch", "prefect", "ray", "duckdb", "pandas", "vllm", "transformers"}} & set(sys.modules)))
print(*open_snapshot(Path({str(filled.folder)!r}), {record.id!r}).bank.rules)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["", "Rule 1. Rule 2."]
    with pytest.raises(StoreError, match="has no snapshot 'snap_0'"):
        open_snapshot(filled.folder, "snap_0")


def test_memories_that_no_bank_can_be_made_of_are_not_published(filled: Store) -> None:
    filled.write_consolidation([memory(1, (candidate(99),))], [], [])
    with pytest.raises(StoreError, match=r"names the candidate .* which is not there"):
        publish(filled)
    assert filled.snapshots() == []


def test_a_snapshot_is_recalled_from_while_garbage_is_collected(filled: Store) -> None:
    ids = []
    for number in range(4):  # the first ones are neither in use nor the newest: collecting removes their kept banks
        filled.write_consolidation([memory(1, (candidate(5),), rule=f"Changed {number}.")], [], [])
        ids.append(publish(filled).id)

    def read(name: str) -> list[str]:
        with Store.open(filled.folder, read_only=True) as reader:
            return list(open_bank(reader, name).rules)

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(read, name) for name in ids * 5]
        for _ in range(3):
            collect_garbage(filled)
        assert [answer.result() for answer in answers] == [[f"Changed {number}.", "Rule 2."] for number in range(4)] * 5


def test_a_kept_bank_that_is_damaged_is_made_again(filled: Store) -> None:
    record = publish(filled)
    open_bank(filled, record.id)
    kept = filled.folder / BANKS_FOLDER / record.id
    whole = (kept / "prototypes.npy").read_bytes()
    (kept / "prototypes.npy").write_bytes(whole[:-4])
    with Store.open(filled.folder, read_only=True) as reader:
        assert list(open_bank(reader, record.id).rules) == ["Rule 1.", "Rule 2."]
    open_bank(filled, record.id)
    assert (kept / "prototypes.npy").read_bytes() == whole


def test_a_publication_that_was_killed_before_its_record_is_made_again(filled: Store) -> None:
    record = publish(filled)
    filled.tables["snapshots"].delete([record.id])
    filled.write_consolidation([replace(filled.memories()[0], helped=9)], [], [])
    again = publish(filled)
    assert again.id == record.id
    assert filled.tables["memories"].pinned(again.id).read(["helped"]).column(0).to_pylist().count(9) == 1
    filled.tables["snapshots"].delete([record.id])
    collect_garbage(filled, 0)
    assert filled.tables["memories"].pins() == set()


def test_old_kept_banks_are_forgotten_but_the_one_in_use_stays(filled: Store) -> None:
    first = publish(filled)
    set_release(filled, first.id, status="released", evidence="{}", move_latest=True)
    ids = [first.id]
    for number in range(3):
        filled.write_consolidation([memory(1, (candidate(5),), rule=f"Changed {number}.")], [], [])
        ids.append(publish(filled).id)
    for name in ids:
        open_bank(filled, name)
    collect_garbage(filled)
    kept = {path.name for path in (filled.folder / BANKS_FOLDER).iterdir()}
    assert kept == {ids[0], ids[2], ids[3]}


def test_rows_that_do_not_have_the_checksum_are_not_recalled_from(filled: Store) -> None:
    record = publish(filled)
    filled.tables["snapshots"].upsert(SNAPSHOTS.to_arrow([replace(record, checksum="0" * 64)]))
    shutil.rmtree(filled.folder / BANKS_FOLDER)  # so that the tables have to answer
    with pytest.raises(StoreError, match=f"the snapshot {record.id} is damaged"):
        open_bank(filled, record.id)


def test_no_memories_are_a_snapshot_too(store: Store) -> None:
    record = publish(store)
    assert (record.visual, record.logic) == (0, 0)
    assert len(open_bank(store, record.id)) == 0
