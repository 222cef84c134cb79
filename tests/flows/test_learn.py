"""The learn flow on real replies and on drawn questions."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.jobs import contents, job_settings, query, rows, run
from tests.support.fake_openai import FakeOpenAI, default_reply
from vilomem_core.errors import RunStopped
from vilomem_core.simulation import write_demo_dataset

pytestmark = pytest.mark.prefect
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    write_demo_dataset(folder, 48)
    return folder


def _real(shared_data, store, **values):
    recorded = f"recorded:{shared_data / 'recorded' / 'mathvision.jsonl'}?model="
    critics = {f"roles__{role}__model": recorded + "critic" for role in ("analyst", "visual_critic", "logic_critic")}
    values = {"learn__rounds": 2, "embedders__text": "auto", **critics, **values}
    return job_settings(store, shared_data / "cases" / "mathvision", solver=recorded + "qwen-vl-max", **values)


@pytest.fixture(scope="module")
def learned(shared_data, tmp_path_factory):
    store = tmp_path_factory.mktemp("real") / "store"
    return store, run(_real(shared_data, store))


def test_real_replies_teach_what_their_critics_say(learned):
    store, report = learned
    counts = [(row.record.cases, row.record.correct, row.record.incorrect, row.record.undetermined) for row in report.rounds]
    assert sum(cases for cases, *_ in counts) == 68
    assert 57 <= sum(wrong for _, _, wrong, _ in counts) <= 60
    (right,) = query(store, "SELECT verdict_status FROM attempts WHERE case_id = 'mathvision-1021'")
    assert right["verdict_status"] == "correct"
    streams = {row["stream"]: row["n"] for row in query(store, "SELECT stream, count(*) AS n FROM candidates GROUP BY stream")}
    assert 42 <= streams["visual"] <= 44 and 39 <= streams["logic"] <= 42
    rejected = query(store, "SELECT reject_reason FROM candidates WHERE NOT accepted")
    assert len(rejected) <= 8 and all(row["reject_reason"] for row in rejected)
    last = report.rounds[-1].snapshot
    assert last is not None and 8 < last.visual <= 44 and 8 < last.logic <= 42


def test_a_complete_run_pays_for_nothing_twice_and_changes_no_row(learned, shared_data):
    store, report = learned
    before = contents(store)
    again = run(_real(shared_data, store))
    assert again.resumed_rounds == 2 and again.run_id == report.run_id
    assert contents(store) == before


def test_only_incorrect_answers_write_memory(learned):
    store, _ = learned
    blamed = query(store, "SELECT DISTINCT a.verdict_status AS s FROM candidates c JOIN attempts a ON a.id = c.attempt_id")
    assert [row["s"] for row in blamed] == ["incorrect"]


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_tables(drawn, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    settings = {"solver": "simulated:latency_ms=40", "learn__rounds": 2, "engine__in_flight": 2, "engine__shard_size": 8}
    run(job_settings(whole, drawn, **settings))
    _kill_once_something_is_staged(killed, drawn)
    run(job_settings(killed, drawn, **settings))
    assert contents(killed) == contents(whole)


def _kill_once_something_is_staged(store, data):
    script = (
        "from tests.flows.jobs import *; from pathlib import Path; import sys;"
        "run(job_settings(Path(sys.argv[1]), Path(sys.argv[2]), solver='simulated:latency_ms=40', learn__rounds=2,"
        " engine__in_flight=2, engine__shard_size=8))"
    )
    before = _progress(store)
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(store), str(data)], cwd=PROJECT, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        while child.poll() is None and _progress(store) <= before:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.05)  # until one more part is staged
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _progress(store: Path) -> int:
    """Grows whenever a part is staged or committed."""
    return sum(path.stat().st_mtime_ns for path in store.glob("staging/*/*.arrow")) if store.exists() else 0


@pytest.mark.ray
def test_ray_and_inline_give_the_same_rows(drawn, tmp_path, local_ray):
    inline, ray = tmp_path / "inline", tmp_path / "ray"
    run(job_settings(inline, drawn, solver="simulated", learn__rounds=2))
    run(job_settings(ray, drawn, solver="simulated", learn__rounds=2, engine__kind="ray", engine__actors=2, engine__shard_size=8))
    assert [row["id"] for row in rows(ray, "candidates")] == [row["id"] for row in rows(inline, "candidates")]
    assert contents(ray) == contents(inline)


def test_memory_helps_the_simulated_learner(drawn, tmp_path):
    report = run(job_settings(tmp_path / "store", drawn, solver="simulated", learn__rounds=3))
    accuracy = [row.record.correct / row.record.cases for row in report.rounds]
    assert accuracy[-1] > accuracy[0] + 0.2


def test_failed_cases_of_a_complete_run_are_tried_again_when_more_tries_are_allowed(tmp_path):
    data = write_demo_dataset(tmp_path / "data", 12).parent
    with FakeOpenAI(rates={"500": 0.4}, wrong_rate=1.0) as fake:
        server = {"solver": "openai:fake", "endpoint__base_url": fake.base_url, "endpoint__max_retries": 0}
        first = run(job_settings(tmp_path / "store", data, engine__case_tries=1, **server))
        assert first.rounds[0].record.failed > 0
        fake.rates.clear()
        served = len(fake.received)
        unchanged = run(job_settings(tmp_path / "store", data, engine__case_tries=1, **server))
        assert unchanged.resumed_rounds == 1 and len(fake.received) == served
        again = run(job_settings(tmp_path / "store", data, engine__case_tries=2, **server))
    assert again.rounds[0].record.failed == 0 and again.run_id == first.run_id
    assert fake.fates["ok"] == len({request.raw for request in fake.received}), "what was answered is not asked again"
    assert len(rows(tmp_path / "store", "reflections")) == 2 * 12


def test_replies_that_come_to_nothing_count_in_costs_and_budgets(tmp_path):
    data = write_demo_dataset(tmp_path / "data", 12).parent
    server = {"solver": "openai:fake", "engine__case_tries": 1}
    with FakeOpenAI(wrong_rate=1.0, reply=_only_solutions) as fake:
        report = run(job_settings(tmp_path / "store", data, endpoint__base_url=fake.base_url, **server))
        assert report.failure == "no critic gave a usable reply" and report.rounds[0].record.open_critics == 24
        (spent,) = query(tmp_path / "store", "SELECT sum(calls) AS calls FROM v_cost")
        assert spent["calls"] == fake.fates["ok"] == report.rounds[0].record.usage.calls
        bounded = job_settings(tmp_path / "other", data, endpoint__base_url=fake.base_url, budget__max_requests=9, **server)
        with pytest.raises(RunStopped, match="max_requests"):
            run(bounded)


def _only_solutions(request):
    return "hm" if "response_format" in request.body else default_reply(request, 1.0)
