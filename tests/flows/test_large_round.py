"""A round of more cases than an orchestrator would store with a flow's parameters."""

import pytest

from flows.solve import solve_round
from tasks.build_models import loop_plan
from tasks.session import Session
from tests.flows.jobs import job_settings
from vilomem_core.errors import RunStopped
from vilomem_core.ids import CaseKeys

pytestmark = pytest.mark.prefect


def test_a_round_of_a_hundred_thousand_cases_is_taken_up(tmp_path):
    settings = job_settings(tmp_path / "store", tmp_path, solver="simulated")
    plan = loop_plan(settings, snapshot_id="", arm="learn", round_number=1, reflect=True)
    keys = CaseKeys(f"case_{number:024x}" for number in range(100_000))
    with Session(settings) as session:
        session.stop("enough for this test.")
        with pytest.raises(RunStopped, match="enough for this test"):
            solve_round(session, plan, keys)
