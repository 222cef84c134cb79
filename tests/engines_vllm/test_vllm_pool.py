"""The engine inside the actor pool: cases through the loop, several roles on one engine, no engine without its actor."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("vllm")

import psutil
import ray

from tasks.build_models import loop_plan
from tasks.dispatch import RayEngine
from tests.engines_vllm.incorrect import wrong_attempt
from vilomem_core.learning.plan import CaseWork
from vilomem_core.settings.models import EmbedderSettings, RoleSettings, RolesSettings, VLLMSettings
from vilomem_core.settings.tree import EngineSettings, Settings
from vilomem_core.simulation import demo_cases
from vilomem_core.types import Stream

pytestmark = [pytest.mark.engine, pytest.mark.ray, pytest.mark.slow]


def settings_for(model: Path, engine: VLLMSettings) -> Settings:
    def role(max_tokens: int) -> RoleSettings:
        return RoleSettings(model=f"vllm:{model}", temperature=1.0, max_tokens=max_tokens, seed=3)

    return Settings(
        roles=RolesSettings(solver=role(48), analyst=role(32), visual_critic=role(512), logic_critic=role(512)),
        vllm=engine,
        engine=EngineSettings(actors=1, in_flight=16),
        embedders=EmbedderSettings(text="lexical", image="descriptor"),
    )


def engine_processes() -> list[psutil.Process]:
    """vLLM's engine processes on this machine that descend from this one."""
    return [process for process in psutil.Process().children(recursive=True) if "EngineCore" in " ".join(process.cmdline())]


@pytest.fixture(scope="module")
def pool(tiny_model: Path, small_engine: VLLMSettings) -> Iterator[RayEngine]:
    settings = settings_for(tiny_model, small_engine)
    started = RayEngine(settings)
    started.begin(loop_plan(settings, snapshot_id="", arm="learn", round_number=0, reflect=True), None)
    yield started
    started.close()


def test_sixteen_cases_are_reflected_on_in_one_actor(pool: RayEngine) -> None:
    works = [CaseWork(case, wrong_attempt(case)) for case in demo_cases(16, seed=21)]
    outcomes = list(pool.outcomes(works, threading.Event()))
    assert len(outcomes) == 16
    for outcome in outcomes:
        assert outcome.failures == (), "a reply that breaks its schema would be a failure"
        assert [reflection.stream for reflection in outcome.reflections] == list(Stream)
        assert all(reflection.usage.completion_tokens > 0 for reflection in outcome.reflections)


def test_all_roles_of_a_case_share_one_engine(pool: RayEngine) -> None:
    works = [CaseWork(case) for case in demo_cases(4, seed=22)]
    for outcome in pool.outcomes(works, threading.Event()):
        assert outcome.attempt is not None
        assert outcome.attempt.usage.completion_tokens > 0
    assert len(engine_processes()) == 1


def test_an_engine_does_not_outlive_its_actor(pool: RayEngine) -> None:
    """The last test of this file: it ends the engine."""
    (engine,) = engine_processes()
    actor = engine.parent()
    assert actor is not None
    os.kill(actor.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs([engine], timeout=20)
    assert not alive, "it would keep the GPU's memory, and the actor's successor could not start"


@pytest.fixture(scope="module", autouse=True)
def _no_ray_left_behind() -> Iterator[None]:
    yield
    ray.shutdown()
