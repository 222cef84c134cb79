"""The page about the store names everything that there is, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storage.analytics import Analytics
from storage.commit import commit
from storage.schema import table_schemas
from storage.snapshots import publish, set_release
from storage.staging import stage
from storage.store import Store
from storage.views import view_definitions
from tests.storage.samples import candidate, case, memory, outcome

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "storage.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def used(store: Store) -> Store:
    store.add_cases([case(number) for number in range(1, 5)])
    stage(store.staging_folder("run"), "a", [outcome(number) for number in range(1, 5)])
    commit(store, store.staging_folder("run"))
    store.write_consolidation([memory(1, (candidate(1), candidate(2)))], [], [])
    set_release(store, publish(store).id, status="released", evidence="{}", move_latest=True)
    return store


def test_every_query_of_the_page_runs(used: Store) -> None:
    with Analytics(used) as analytics:
        for query in blocks("sql"):
            assert analytics.sql(query).num_columns > 1
        reflected = analytics.sql(blocks("sql")[-1])
    assert len(blocks("sql")) == 6
    assert reflected.num_rows == 8


def test_every_program_of_the_page_runs(used: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(used.folder.parent)
    for program in blocks("python"):
        exec(compile(program, "docs/storage.md", "exec"), {})  # noqa: S102  # our own page
    assert "mem_001 2 Rule 1." in capsys.readouterr().out


def test_every_table_view_and_column_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE)) | set(re.findall(r"\*\*(\w+)\*\*", PAGE))
    for name, schema in table_schemas(8, 5).items():
        assert {name, *schema.names} <= named, name
    assert set(view_definitions()) <= named


def test_every_view_has_the_columns_that_the_page_names(used: Store) -> None:
    with Analytics(used) as analytics:
        for view, columns in re.findall(r"^\| `(v_\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE, flags=re.MULTILINE):
            found = set(analytics.sql(f"SELECT * FROM {view} LIMIT 0").column_names)
            stated = {name for name in re.findall(r"`(\w+)`", columns) if name != "snapshots"}
            assert stated <= found, (view, stated - found)
