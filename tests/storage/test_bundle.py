from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.bundle import export_bundle, export_jsonl
from storage.commit import commit
from storage.snapshots import BANKS_FOLDER, publish
from storage.staging import stage
from storage.store import Store
from tests.storage.samples import candidate, memory, outcome
from vilomem_core.errors import StoreError
from vilomem_core.recall.bundle import load
from vilomem_core.types import MemoryState, SnapshotRecord


@pytest.fixture
def record(store: Store) -> SnapshotRecord:
    stage(store.staging_folder("run"), "a", [outcome(number) for number in range(1, 5)])
    commit(store, store.staging_folder("run"))
    retired = memory(2, (candidate(4),), state=MemoryState.RETIRED)
    store.write_consolidation([memory(1, (candidate(1), candidate(2))), retired], [], [])
    return publish(store)


def test_a_bundle_opens_by_itself_and_replaces_an_older_one(store: Store, record: SnapshotRecord, tmp_path: Path) -> None:
    export_bundle(store, record.id, tmp_path / "out" / "snap")
    bank = load(tmp_path / "out" / "snap", verify=True)
    assert (bank.snapshot_id, list(bank.rules)) == (record.id, ["Rule 1."])
    store.write_consolidation([memory(1, (candidate(3),), rule="Newer.")], [], [])
    newer = publish(store)
    export_bundle(store, newer.id, tmp_path / "out" / "snap")
    assert list(load(tmp_path / "out" / "snap", verify=True).rules) == ["Newer."]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["snap"]


def test_a_bundle_of_an_older_version_is_exported_again(store: Store, record: SnapshotRecord, tmp_path: Path) -> None:
    export_bundle(store, record.id, tmp_path / "out")
    make_older(tmp_path / "out")
    with pytest.raises(StoreError, match="version 1"):
        load(tmp_path / "out")
    export_bundle(store, record.id, tmp_path / "out")
    assert load(tmp_path / "out").snapshot_id == record.id


def test_publishing_again_keeps_a_bank_that_this_version_reads(store: Store, record: SnapshotRecord) -> None:
    """Or every program that only reads would make the bank in memory at each start."""
    make_older(store.folder / BANKS_FOLDER / record.id)
    assert publish(store) == record
    assert load(store.folder / BANKS_FOLDER / record.id).snapshot_id == record.id


def make_older(bundle: Path) -> None:
    path = bundle / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 1}))


def test_an_empty_folder_is_used_and_other_things_are_left_alone(store: Store, record: SnapshotRecord, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    export_bundle(store, record.id, tmp_path / "empty")
    assert load(tmp_path / "empty").snapshot_id == record.id
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    for path in (tmp_path / "mine", tmp_path / "mine" / "notes.txt"):
        with pytest.raises(StoreError, match="is there and not a bundle"):
            export_bundle(store, record.id, path)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"


def test_rules_are_written_with_their_sources(store: Store, record: SnapshotRecord, tmp_path: Path) -> None:
    export_jsonl(store, record.id, tmp_path / "rules.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "rules.jsonl").read_text().splitlines()]
    assert lines == [
        {
            "id": "mem_001",
            "stream": "visual",
            "rule": "Rule 1.",
            "subject": "counting",
            "key_concepts": ["bars"],
            "rule_origin": "member",
            "support": 2,
            "sources": [
                {
                    "candidate_id": candidate(number).id,
                    "case_id": f"case-{number}",
                    "guideline": f"Count the bars of picture {number} twice.",
                    "question": f"How many in picture {number}?",
                }
                for number in (1, 2)
            ],
            "snapshot_id": record.id,
        }
    ]
    with pytest.raises(StoreError, match="is a folder"):
        export_jsonl(store, record.id, tmp_path)
