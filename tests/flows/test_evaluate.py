"""Snapshots on trial: paired replay of held-out cases, and of a whole data set."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flows.evaluate import EvaluationReport, evaluate
from tasks.session import Session
from tests.flows.jobs import contents, job_settings, query, run
from vilomem_core.evaluation import read_evidence
from vilomem_core.settings.tree import Settings
from vilomem_core.simulation import write_demo_dataset

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """A job of two rounds over 64 cases, a quarter of them held out, that has run."""
    folder = tmp_path_factory.mktemp("evaluated")
    data = write_demo_dataset(folder / "data", 64).parent
    found = job_settings(folder / "store", data, solver="simulated", learn__rounds=2, learn__holdout=0.25)
    run(found)
    return found


@pytest.fixture
def trial(settings: Settings, tmp_path: Path) -> Settings:
    """The same job with a copy of its store, for a test that writes to it."""
    shutil.copytree(settings.store, tmp_path / "store")
    return replace(settings, store=str(tmp_path / "store"))


def _evaluate(settings: Settings, snapshot: str, against: str) -> EvaluationReport:
    with Session(settings) as session:
        return evaluate(session, snapshot, against)


def test_held_out_cases_decide_about_each_snapshot_and_teach_nothing(settings):
    (counted,) = query(Path(settings.store), "SELECT count(DISTINCT case_key) AS n FROM attempts WHERE arm = 'evaluate'")
    records = query(Path(settings.store), "SELECT status, evidence FROM snapshots ORDER BY visual + logic")
    assert len(records) == 2 and 8 <= counted["n"] <= 24
    for record in records:
        evidence = read_evidence(record["evidence"])
        assert evidence is not None and evidence.vs_none.pairs == counted["n"]
        assert record["status"] == ("released" if evidence.decision.released else "rejected")
    both = "SELECT count(*) AS n FROM candidates c JOIN attempts a ON a.case_key = c.case_key WHERE a.arm = 'evaluate'"
    assert query(Path(settings.store), both) == [{"n": 0}]


def test_a_memory_is_blamed_only_where_it_was_recalled_and_a_case_broke(trial):
    report = _evaluate(trial, "latest", "none")
    assert report.result.pairs == 64 and report.result.fixed > report.result.broken
    broken = query(
        Path(trial.store),
        "SELECT DISTINCT h.memory_id AS id FROM (SELECT case_key, unnest(hits) AS h FROM attempts WHERE arm = 'evaluate'"
        f" AND snapshot_id = '{report.candidate}' AND verdict_status = 'incorrect') JOIN attempts b USING (case_key)"
        " WHERE b.arm = 'evaluate' AND b.snapshot_id = '' AND b.verdict_status = 'correct'",
    )
    assert {suspect.memory_id for suspect in report.suspects} == {row["id"] for row in broken}


def test_an_evaluation_pays_for_nothing_twice_and_writes_no_memory(trial):
    _evaluate(trial, "latest", "none")
    before = contents(Path(trial.store))
    _evaluate(trial, "latest", "none")
    assert contents(Path(trial.store)) == before
