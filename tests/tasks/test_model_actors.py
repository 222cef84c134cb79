"""Roles whose models live in actors of their own, on a real Ray."""

from threading import Event

import pytest

from tests.support.processes import kill, model_actors
from tests.tasks.engines import engine_of, engine_settings
from vilomem_core.errors import SettingsError
from vilomem_core.learning.plan import CaseWork
from vilomem_core.simulation import demo_cases
from vilomem_core.types import Stream

SIMULATED = {"roles__solver__model": "simulated", "roles__visual_critic__model": "simulated:latency_ms=20"}
HOSTED = {
    "roles__visual_critic__hosts__actors": 1,
    "roles__visual_critic__hosts__gpus_per_actor": 0,
    "roles__visual_critic__hosts__cpus_per_actor": 0.5,
}


def _said(outcomes):
    return {
        outcome.case_key: [(reflection.stream, reflection.guideline) for reflection in outcome.reflections] for outcome in outcomes
    }


@pytest.mark.ray
@pytest.mark.usefixtures("local_ray")
def test_a_role_with_hosts_says_the_same_and_outlives_their_death():
    works = [CaseWork(case) for case in demo_cases(24)]
    with engine_of(engine_settings(None, engine__kind="inline", **SIMULATED)) as engine:
        alone = _said(engine.outcomes(works, Event()))
    with engine_of(engine_settings(None, **SIMULATED, **HOSTED)) as engine:
        outcomes, killed = [], []
        for outcome in engine.outcomes(works, Event()):
            if not killed:
                killed = model_actors()
                kill(killed)
            outcomes.append(outcome)
    assert len(killed) == 1
    assert not any(outcome.failures for outcome in outcomes)
    assert _said(outcomes) == alone
    assert any(stream is Stream.VISUAL for said in alone.values() for stream, _ in said)


def test_hosts_need_ray():
    with pytest.raises(SettingsError, match=r"roles\.visual_critic\.hosts are Ray actors"):
        engine_settings(None, engine__kind="inline", **SIMULATED, **HOSTED)
