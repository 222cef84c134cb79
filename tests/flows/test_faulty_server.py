"""A server that fails a fifth of all requests, in every way that servers fail."""

import pytest

from tests.flows.jobs import contents, job_settings, query, run
from tests.support.fake_openai import FakeOpenAI
from vilomem_core.simulation import write_demo_dataset

pytestmark = pytest.mark.prefect
FAULTS = {"429": 0.04, "500": 0.04, "hang": 0.02, "cut_off": 0.03, "truncated": 0.02, "garbage": 0.03, "slow": 0.03}
PATIENT = {"endpoint__timeout_s": 0.5, "endpoint__max_retries": 8, "engine__in_flight": 8}
CALLS = "SELECT (SELECT sum(calls + analysis_calls + verdict_calls) FROM attempts) + (SELECT sum(calls) FROM reflections) AS n"


def test_its_tables_equal_those_of_a_run_without_faults_and_each_reply_is_paid_once(tmp_path):
    data = write_demo_dataset(tmp_path / "data", 20).parent
    fates = {}
    for name, rates in (("clean", {}), ("faulty", FAULTS)):
        with FakeOpenAI(rates=rates, retry_after="0.05", slow_s=0.1, keep=False) as fake:
            run(job_settings(tmp_path / name, data, solver="openai:fake", endpoint__base_url=fake.base_url, **PATIENT))
            fates[name] = fake.fates
    assert contents(tmp_path / "faulty") == contents(tmp_path / "clean")
    hit = {fate for fate in fates["faulty"] if fate != "ok"}
    assert len(hit) >= 5 and fates["faulty"].total() > 1.1 * fates["clean"].total()
    (counted,) = query(tmp_path / "faulty", CALLS)
    assert counted["n"] == fates["faulty"]["ok"] + fates["faulty"]["slow"] == fates["clean"].total()
