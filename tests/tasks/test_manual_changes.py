"""Changes by hand in a real store: each is an event with its reason, holds, and can be undone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flows.consolidate import ConsolidationReport, consolidate
from tasks.manual_changes import change_by_hand, new_consolidation_id
from tasks.session import Session
from tests.flows.jobs import contents, job_settings, query, run
from vilomem_core.errors import StoreError
from vilomem_core.settings.tree import Settings
from vilomem_core.simulation import write_demo_dataset
from vilomem_core.types import MemoryState

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A job that has run; tests get copies of its store."""
    folder = tmp_path_factory.mktemp("job")
    write_demo_dataset(folder / "data", 32)
    settings = job_settings(folder / "store", folder / "data", solver="simulated", roles__merger__model="simulated")
    run(settings)
    return settings


@pytest.fixture
def learned(job: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(job.store, tmp_path / "store")
    return replace(job, store=str(tmp_path / "store"))


def consolidated(settings: Settings, *, rebuild: bool = False) -> ConsolidationReport:
    with Session(settings) as session:
        return consolidate(session, new_consolidation_id(), rebuild)


def row(settings: Settings, memory_id: str) -> dict[str, object]:
    (found,) = query(Path(settings.store), f"SELECT * FROM memories WHERE id = '{memory_id}'")
    return found


def some_memory(settings: Settings) -> str:
    return str(query(Path(settings.store), "SELECT id FROM memories WHERE state = 'active' AND NOT pinned ORDER BY id")[0]["id"])


def test_consolidating_a_log_again_changes_no_row_of_any_table(learned: Settings):
    before = contents(Path(learned.store))
    for _ in range(3):
        report = consolidated(learned)
        assert (report.changed, report.events) == (0, ()) and report.unchanged > 0
    assert contents(Path(learned.store)) == before


def test_a_rebuild_keeps_the_names_of_what_stays(learned: Settings):
    before = {str(found["id"]) for found in query(Path(learned.store), "SELECT id FROM memories WHERE state = 'active'")}
    consolidated(learned, rebuild=True)
    after = {str(found["id"]) for found in query(Path(learned.store), "SELECT id FROM memories WHERE state = 'active'")}
    assert len(before & after) >= 0.9 * len(before)


def test_what_a_hand_retires_stays_retired_and_comes_back_by_hand(learned: Settings):
    memory_id = some_memory(learned)
    assert change_by_hand(learned, memory_id, "retired", "it misleads").state is MemoryState.RETIRED
    consolidated(learned)
    assert (row(learned, memory_id)["state"], row(learned, memory_id)["pinned"]) == ("retired", True)
    change_by_hand(learned, memory_id, "restored", "it does not, after all")
    consolidated(learned)
    assert (row(learned, memory_id)["state"], row(learned, memory_id)["pinned"]) == ("active", True)
    change_by_hand(learned, memory_id, "unpinned", "as the others")
    assert row(learned, memory_id)["pinned"] is False
    found = query(Path(learned.store), f"SELECT kind, reason FROM events WHERE memory_id = '{memory_id}'")
    assert {("retired", "it misleads"), ("restored", "it does not, after all"), ("unpinned", "as the others")} <= {
        (event["kind"], event["reason"]) for event in found
    }


def test_an_unknown_memory_is_an_error_that_says_how_to_find_one(learned: Settings):
    with pytest.raises(StoreError, match="mem_absent") as refused:
        change_by_hand(learned, "mem_absent", "pinned", "")
    assert "v_memories" in refused.value.hint
