"""The engine in this process: what it leaves behind when it is closed."""

import threading

from tests.tasks.engines import engine_of, engine_settings
from vilomem_core.learning.plan import CaseWork
from vilomem_core.simulation import demo_cases


def test_a_closed_engine_leaves_no_thread():
    before = set(threading.enumerate())
    settings = engine_settings(None, engine__kind="inline", roles__solver__model="simulated")
    with engine_of(settings) as engine:
        outcomes = list(engine.outcomes([CaseWork(case) for case in demo_cases(8)], threading.Event()))
        assert any(thread.name.startswith("vilomem-embedding") for thread in threading.enumerate())
    assert len(outcomes) == 8
    assert set(threading.enumerate()) <= before
