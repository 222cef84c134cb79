"""Engines on a fake server, and cases that are small enough to count every request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tasks.build_models import loop_plan
from tasks.engine import Engine, InlineEngine
from tests.support.fake_openai import FakeOpenAI
from vilomem_core.learning.plan import CaseWork
from vilomem_core.settings.layers import Layer
from vilomem_core.settings.load import load_settings
from vilomem_core.settings.tree import Settings
from vilomem_core.types import AnswerType, Case


def works(count: int) -> list[CaseWork]:
    return [CaseWork(Case(f"case-{i}", f"What is {i} [gold:{i}]?", str(i), AnswerType.NUMBER)) for i in range(count)]


def engine_settings(fake: FakeOpenAI | None, **values: object) -> Settings:
    base = {"roles.solver.model": "openai:fake", "embedders.text": "lexical", "engine.kind": "ray", "engine.in_flight": 4}
    if fake is not None:
        base["endpoint.base_url"] = fake.base_url
    given = {name.replace("__", "."): value for name, value in values.items()}
    return load_settings(None, {}, [Layer("test", {**base, **given})]).settings


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    """An engine that stands at the beginning of a round without memory."""
    from tasks.dispatch import RayEngine

    engine: Engine = RayEngine(settings) if settings.engine.kind == "ray" else InlineEngine(settings)
    engine.begin(loop_plan(settings, snapshot_id="", arm="learn", round_number=1, reflect=True), None)
    try:
        yield engine
    finally:
        engine.close()
