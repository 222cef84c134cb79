from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.commit import commit
from storage.schema import DESCRIPTOR
from storage.snapshots import publish
from storage.staging import stage
from storage.store import Store
from tests.storage.samples import IMAGE_DIM, TEXT_DIM, case, memory, outcome, run
from vilomem_core.errors import StoreError

EMBEDDERS = ("text-a", TEXT_DIM, "image-a", IMAGE_DIM)


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / DESCRIPTOR
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_store_is_made_once_and_opened_again(tmp_path: Path) -> None:
    with Store.open_or_create(tmp_path / "new" / "store", *EMBEDDERS) as store:
        store.add_cases([case(1)])
    with Store.open_or_create(tmp_path / "new" / "store", *EMBEDDERS) as store:
        assert store.tables["cases"].count() == 1
    with pytest.raises(StoreError, match="there is a store at"):
        Store.create(tmp_path / "new" / "store", *EMBEDDERS)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (shutil.rmtree, r"there is no store at .*store\. Make one with 'vilomem learn'"),
        (lambda path: (path / DESCRIPTOR).unlink(), r"store is not a store: it has no store\.json"),
        (lambda path: rewrite(path, format=3), "has format 3; this vilomem reads format 2. Install a newer vilomem."),
        (lambda path: rewrite(path, format=0), "has the older format 0; this vilomem reads format 2"),
        (lambda path: (path / DESCRIPTOR).write_text("{"), r"is damaged: store\.json cannot be read"),
        (lambda path: rewrite(path, text_dim="8"), r"is damaged: store\.json cannot be read"),
        (lambda path: (path / DESCRIPTOR).write_bytes(b"\xff\xfe"), r"is damaged: store\.json cannot be read"),
    ],
)
def test_a_store_that_cannot_be_opened_says_why(store: Store, break_it: Callable[[Path], None], message: str) -> None:
    store.close()
    break_it(store.folder)
    with pytest.raises(StoreError, match=message):
        Store.open(store.folder)


def test_another_embedder_is_refused_with_both_names_and_the_way_out(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError) as caught:
        Store.open_or_create(store.folder, "text-b", 16, "image-a", IMAGE_DIM)
    assert "made by text-a (8 numbers), but the settings name text-b (16 numbers)" in str(caught.value)
    assert "vilomem reembed" in caught.value.hint


def test_a_table_that_is_gone_or_damaged_is_a_store_error(store: Store) -> None:
    store.add_cases([case(1), case(2)])
    store.close()
    for path in (store.folder / "lance" / "cases.lance" / "data").iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    shutil.rmtree(store.folder / "lance" / "runs.lance")
    with Store.open(store.folder, read_only=True) as broken:
        with pytest.raises(StoreError, match="failed while reading cases"):
            broken.tables["cases"].read()
        with pytest.raises(StoreError, match="failed while opening runs"):
            broken.runs()


def test_other_folders_and_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    for path in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(StoreError, match="is not empty and not a store"):
            Store.create(path, *EMBEDDERS)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_creation_that_was_killed_is_finished(store: Store) -> None:
    store.close()
    (store.folder / DESCRIPTOR).unlink()
    shutil.rmtree(store.folder / "lance" / "snapshots.lance")
    with Store.open_or_create(store.folder, *EMBEDDERS) as again:
        assert again.snapshots() == []


def test_a_store_that_is_only_read_is_not_changed(store: Store) -> None:
    stage(store.staging_folder("run"), "a", [outcome(1)])
    store.add_cases([case(1)])
    store.close()
    before = contents(store.folder)
    with Store.open(store.folder, read_only=True) as reader:
        assert reader.load_cases([outcome(1).case_key]) == [case(1)]
        assert reader.latest_snapshot() is None
        writes: list[Callable[[], object]] = [
            lambda: reader.add_cases([case(2)]),
            lambda: reader.save_run(run(0)),
            lambda: reader.write_consolidation([memory(1, ())], [], []),
            lambda: commit(reader, reader.staging_folder("run")),
            lambda: publish(reader),
        ]
        for write in writes:
            with pytest.raises(StoreError, match="opened for reading only"):
                write()
    assert contents(store.folder) == before


def test_readers_see_what_the_writer_commits(store: Store) -> None:
    with Store.open(store.folder, read_only=True) as reader:
        assert reader.tables["cases"].count() == 0
        store.add_cases([case(1)])
        assert reader.tables["cases"].count() == 1


def test_one_process_may_open_a_store_several_times(store: Store) -> None:
    with Store.open(store.folder) as again:
        again.add_cases([case(1)])
    store.add_cases([case(2)])
    assert store.tables["cases"].count() == 2
    store.close()
    store.close()
    with pytest.raises(StoreError, match="the store was closed"):
        store.add_cases([case(3)])


HOLD = """
import sys
from pathlib import Path
from storage.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_writer_is_told_who_writes_until_that_process_is_gone(store: Store) -> None:
    store.close()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=f"is being written by process {holder.pid}"):
            Store.open(store.folder)
        with Store.open(store.folder, read_only=True) as reader:
            assert reader.runs() == []
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    with Store.open(store.folder) as again:
        again.save_run(run(1))
        again.save_run(run(0))
        again.save_run(run(1))
        assert again.runs() == [run(0), run(1)]
