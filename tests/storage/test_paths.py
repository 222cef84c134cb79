"""Whatever an id, a name or a path says: a store and what lies around it stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.bundle import export_bundle, export_jsonl
from storage.commit import commit
from storage.reembed import reembed
from storage.snapshots import BANKS_FOLDER, collect_garbage, forget_banks, keep_bank, open_bank, open_snapshot, publish, set_release
from storage.staging import stage, staged_files
from storage.store import Store
from tests.storage.samples import IMAGE_DIM, TEXT_DIM, candidate, case, memory, outcome
from tests.storage.test_reembed import NewImages, NewTexts
from vilomem_core.errors import StoreError
from vilomem_core.types import SnapshotRecord

EMBEDDERS = ("text-a", TEXT_DIM, "image-a", IMAGE_DIM)
NAMES = [
    *("", ".", "..", "../..", "../../..", "a/b", "a/../..", "../keep", "latest/..", "./", "/", "//", "..\\..", "\x00", "snap_\x00"),
    *("~", "-rf", "*", "snap_*", "CON", " ", "\n", "é", "\ud800", "%2e%2e", "a" * 300, "a" * 200, "../" * 6 + "keep", ".hidden"),
    *("link", "banks", "staging", "lance", "../store", "../lance", "main", "latest"),
]


class Home:
    """A published store, deep enough that ``../../..`` stays inside, between things that are nobody's to touch."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / "a" / "b" / "c"
        self.store = Store.create(self.work / "store", *EMBEDDERS)
        for folder in (root / "keep", root / "a" / "keep", self.work / "keep", self.work / "keep" / "a"):
            folder.mkdir(parents=True)
            (folder / "mine.txt").write_text("keep me")
            (folder / "data.arrow").write_text("not staged by anybody")
        self.store.add_cases([case(number) for number in range(1, 5)])
        stage(self.store.staging_folder("run"), "a", [outcome(number) for number in range(1, 5)])
        commit(self.store, self.store.staging_folder("run"))
        self.store.write_consolidation([memory(1, (candidate(1), candidate(2)))], [], [])
        self.store.staging_folder("run").rmdir()
        (self.store.folder / "staging" / "notes.txt").write_text("in an empty folder a store may be made")
        self.record: SnapshotRecord = publish(self.store)
        (self.store.folder / BANKS_FOLDER / "link").symlink_to(self.work / "keep", target_is_directory=True)

    def contents(self) -> dict[str, str]:
        """Every file by its size and time of change, every folder and every link."""
        found = {}
        for path in self.root.rglob("*"):
            name = str(path.relative_to(self.root))
            if path.is_symlink():
                found[name] = f"link to {path.readlink()}"
            elif path.is_file():
                found[name] = f"{path.stat().st_size} {path.stat().st_mtime_ns}"
            else:
                found[name] = "folder"
        return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("home"))
    with made.store:
        yield made


@pytest.fixture
def here(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(home.work)
    return home


BY_NAME: dict[str, Callable[[Home, str], object]] = {
    "open_bank": lambda home, name: open_bank(home.store, name),
    "open_snapshot": lambda home, name: open_snapshot(home.store.folder, name),
    "snapshot": lambda home, name: home.store.snapshot(name),
    "move_latest": lambda home, name: home.store.move_latest(name),
    "set_release": lambda home, name: set_release(home.store, name, status="released", evidence="{}", move_latest=True),
    "publish": lambda home, name: publish(home.store, parent_id=name),
    "export_bundle": lambda home, name: export_bundle(home.store, name, home.work / "out"),
    "export_jsonl": lambda home, name: export_jsonl(home.store, name, home.work / "out.jsonl"),
    "table": lambda home, name: home.store.tables[name],
    "pinned": lambda home, name: home.store.tables["memories"].pinned(name).count(),
    "unpin": lambda home, name: home.store.tables["memories"].unpin(name),
    "staging_folder": lambda home, name: commit(home.store, home.store.staging_folder(name)),
}
READING = {"table", "publish", "staging_folder", "pinned"}  # a table's name, any parent, no staging folder and "main" are fine

ON_PATHS: dict[str, Callable[[Home, Path], object]] = {
    "open": lambda home, path: Store.open(path, read_only=True).close(),
    "create": lambda home, path: Store.create(path, *EMBEDDERS).close(),
    "open_or_create": lambda home, path: Store.open_or_create(path, "other", 3, "other", 3).close(),
    "export_bundle": lambda home, path: export_bundle(home.store, home.record.id, path),
    "export_jsonl": lambda home, path: export_jsonl(home.store, home.record.id, path),
    "reembed": lambda home, path: reembed(home.store, path, NewTexts(), NewImages()),
    "commit": lambda home, path: commit(home.store, path),
    "staged_files": lambda home, path: staged_files(path),
    "open_snapshot": lambda home, path: open_snapshot(path),
}


@pytest.mark.parametrize("call", BY_NAME)
def test_an_id_or_name_reaches_nothing_else(here: Home, call: str) -> None:
    before = here.contents()
    for name in [*NAMES, str(here.work / "keep"), str(here.store.folder)]:
        with suppress(StoreError) if call in READING else pytest.raises(StoreError):
            BY_NAME[call](here, name)
        assert here.contents() == before, name


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from("./\\ab~\x00-_ é"), max_size=12))
def test_no_id_that_anybody_makes_up_reaches_anything_else(home: Home, name: str) -> None:
    before = home.contents()
    for call in ("open_bank", "snapshot", "unpin", "export_bundle", "staging_folder"):
        with suppress(StoreError):
            BY_NAME[call](home, name)
    with suppress(StoreError):
        stage(home.work / "keep", f"{name}/", [])
    assert home.contents() == before


@pytest.mark.parametrize("call", ON_PATHS)
def test_a_path_to_something_else_leaves_it_as_it_is(here: Home, call: str) -> None:
    """What is there stays; new stores and exports may appear, but nowhere in the store."""
    before = here.contents()
    tables = here.store.folder / "lance"
    inside = [path for path in here.root.rglob("*") if tables not in path.parents or path.parent == tables / "memories.lance"]
    there = [*inside, here.store.folder / "..", here.work / "keep" / "..", Path("keep"), Path(".."), Path()]
    odd = [Path(name) for name in ("\x00", "a" * 300, "\ud800", "new/..", "keep/mine.txt/new", "store/banks/link")]
    for path in (*there, *odd):
        with suppress(StoreError):
            ON_PATHS[call](here, path)
        after = here.contents()
        assert {name: after.get(name) for name in before} == before, path
        assert not [name for name in after.keys() - before.keys() if name.startswith("a/b/c/store/")], path


def test_a_name_of_a_staged_file_stays_in_its_folder(here: Home) -> None:
    before = here.contents()
    for name in [*(name for name in NAMES if not name.isalnum()), "a" * 200, str(here.work / "keep")]:
        with pytest.raises(StoreError, match="cannot name a staged file"):
            stage(here.work / "keep", name, [outcome(1)])
    assert here.contents() == before


def test_only_what_lies_in_banks_is_removed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    banks = home.store.folder / BANKS_FOLDER
    (banks / "stray.txt").write_text("a file")
    (banks / "old").mkdir()
    with home.store:
        forget_banks(home.store)
        assert {path.name for path in banks.iterdir()} == {home.record.id}
        assert (home.work / "keep" / "mine.txt").read_text() == "keep me"
        banks.rename(home.work / "banks")
        banks.symlink_to(home.work / "banks", target_is_directory=True)
        (banks / "old").mkdir()
        before = home.contents()
        forget_banks(home.store)
        collect_garbage(home.store)
        assert {name: home.contents().get(name) for name in before if "/banks" in name} == {
            name: found for name, found in before.items() if "/banks" in name
        }


def test_a_bank_under_another_snapshots_name_is_not_used(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.store:
        home.store.write_consolidation([memory(1, (candidate(3),), rule="Newer.")], [], [])
        newer = publish(home.store)
        banks = home.store.folder / BANKS_FOLDER
        (banks / newer.id).rename(tmp_path / "gone")
        (banks / home.record.id).rename(banks / newer.id)
        assert list(open_bank(home.store, newer.id).rules) == ["Newer."]


def test_a_bank_of_an_odd_snapshot_is_not_kept(here: Home) -> None:
    from dataclasses import replace

    bank = open_bank(here.store, here.record.id)
    before = here.contents()
    for name in ("", "..", "../../keep/new", "a/b"):
        with pytest.raises(StoreError, match="cannot name a snapshot"):
            keep_bank(here.store, replace(bank, snapshot_id=name))
    assert here.contents() == before


def test_a_bundle_with_other_files_in_it_is_not_replaced(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.store:
        export_bundle(home.store, home.record.id, tmp_path / "out")
        (tmp_path / "out" / "notes.txt").write_text("keep me")
        (tmp_path / "shown").symlink_to(tmp_path / "out", target_is_directory=True)
        for path in (tmp_path / "out", tmp_path / "shown"):
            with pytest.raises(StoreError, match="is a link, or holds more than a bundle"):
                export_bundle(home.store, home.record.id, path)
    assert (tmp_path / "out" / "notes.txt").read_text() == "keep me"


def test_a_str_is_as_good_as_a_path(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.store.close()
    with Store.open(str(home.store.folder), read_only=True) as store:
        export_bundle(store, home.record.id, str(tmp_path / "bundle"))
        export_jsonl(store, home.record.id, str(tmp_path / "rules.jsonl"))
        reembed(store, str(tmp_path / "new"), NewTexts(), NewImages())
    with Store.open_or_create(str(tmp_path / "new"), "text-b", 12, "image-b", 6), Store.create(str(tmp_path / "made"), *EMBEDDERS):
        assert (tmp_path / "made" / "store.json").is_file()
    assert list(open_snapshot(str(home.store.folder), home.record.id).bank.rules) == ["Rule 1."]
    assert {"bundle", "rules.jsonl", "new", "made"} <= {path.name for path in tmp_path.iterdir()}
