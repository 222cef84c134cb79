"""Budgets of a run and of its roles: they end it cleanly, and a larger one lets it go on to the same tables."""

import pytest

from tests.flows.jobs import contents, job_settings, query, run
from vilomem_core.errors import RunStopped
from vilomem_core.simulation import write_demo_dataset

pytestmark = pytest.mark.prefect
CALLS = {
    "run": "SELECT (SELECT sum(calls + analysis_calls) FROM attempts) + (SELECT sum(calls) FROM reflections) AS n",
    "role visual_critic": "SELECT count(*) AS n FROM reflections WHERE stream = 'visual'",
}
IN_FLIGHT = 2


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return write_demo_dataset(tmp_path_factory.mktemp("drawn"), 24).parent


@pytest.fixture(scope="module")
def whole(drawn, tmp_path_factory):
    store = tmp_path_factory.mktemp("whole") / "store"
    run(job_settings(store, drawn, solver="simulated"))
    return contents(store)


@pytest.mark.parametrize(("key", "name"), [("budget", "run"), ("roles__visual_critic__budget", "role visual_critic")])
def test_a_budget_ends_the_run_and_a_larger_one_resumes_it(key, name, drawn, whole, tmp_path):
    store, limit = tmp_path / "store", 4
    with pytest.raises(RunStopped, match=f"budget of the {name} is used up: max_requests is {limit}") as stopped:
        run(job_settings(store, drawn, solver="simulated", engine__in_flight=IN_FLIGHT, **{f"{key}__max_requests": limit}))
    assert "Run the same command again" in str(stopped.value)
    (spent,) = query(store, CALLS[name])
    assert limit <= spent["n"] <= limit + 3 * IN_FLIGHT  # those under way are finished, with both their critics
    run(job_settings(store, drawn, solver="simulated", **{f"{key}__max_requests": 10_000}))
    assert contents(store) == whole
