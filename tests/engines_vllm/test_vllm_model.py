"""The ``vllm`` back end with the real engine, on a CPU."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

pytest.importorskip("vllm")

from prometheus_client import REGISTRY

from tests.engines_vllm.incorrect import assert_follows, wrong_attempt
from vilomem_core.backends.chat.vllm_engine import EngineDied, VLLMModel
from vilomem_core.errors import RequestRefused, SettingsError
from vilomem_core.images import decode
from vilomem_core.learning.requests import (
    analysis_request,
    logic_critic_request,
    solve_request,
    visual_critic_request,
)
from vilomem_core.protocols import Message, Sampling
from vilomem_core.settings.models import VLLMSettings
from vilomem_core.simulation import demo_cases
from vilomem_core.types import Case

pytestmark = [pytest.mark.engine, pytest.mark.slow]

Result = TypeVar("Result")
CPU_BLOCK = 128  # tokens: the prefix cache of vLLM on a CPU keeps whole blocks of this size
CHANCE = Sampling(temperature=1.0, max_tokens=512, seed=11)


class Engine:
    """The model and the event loop that it lives in."""

    def __init__(self, model: VLLMModel) -> None:
        self.model = model
        self._runner = asyncio.Runner()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)

    def all(self, requests: list[Any]) -> list[Any]:
        async def together() -> list[Any]:
            return await asyncio.gather(*(self.model.complete(request) for request in requests))

        return self.run(together())

    def close(self) -> None:
        self.run(self.model.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def engine(tiny_model: Path, small_engine: VLLMSettings) -> Iterator[Engine]:
    started = Engine(VLLMModel(str(tiny_model), small_engine))
    yield started
    started.close()
    del started
    gc.collect()  # here, where its warnings are ignored: zmq complains of the sockets of an engine that was killed


def some_cases(number: int, seed: int) -> list[Case]:
    return list(demo_cases(number, seed))


def cached_tokens() -> float:
    return sum(
        sample.value for metric in REGISTRY.collect() for sample in metric.samples if sample.name == "vllm:prefix_cache_hits_total"
    )


def test_sixteen_pictures_at_once_get_replies_of_the_schema(engine: Engine) -> None:
    cases = some_cases(16, seed=1)
    requests = [visual_critic_request(case, wrong_attempt(case), CHANCE) for case in cases]
    replies = engine.all(requests)
    for request, reply in zip(requests, replies, strict=True):
        assert_follows(reply.text, request.json_schema)
        assert reply.finish_reason == "stop"
        assert reply.usage.calls == 1
        assert 0 < reply.usage.completion_tokens < CHANCE.max_tokens
    assert len({reply.text for reply in replies}) > 8, "replies follow the pictures and questions"


def test_the_logic_critic_gets_its_schema_without_pictures(engine: Engine) -> None:
    requests = [logic_critic_request(case, wrong_attempt(case), CHANCE) for case in some_cases(4, seed=2)]
    for request, reply in zip(requests, engine.all(requests), strict=True):
        assert_follows(reply.text, request.json_schema)


def test_seed_and_sample_number_decide_the_reply(engine: Engine) -> None:
    (case,) = some_cases(1, seed=3)
    request = solve_request(case, "", (), replace(CHANCE, max_tokens=24))
    first, again = engine.run(engine.model.complete(request)), engine.run(engine.model.complete(request))
    other = engine.run(engine.model.complete(replace(request, sample=1)))
    assert first.text == again.text
    assert first.text != other.text


def test_tokens_are_counted_by_the_engine(engine: Engine, tiny_model: Path) -> None:
    from transformers import AutoProcessor

    (case,) = some_cases(1, seed=4)
    request = solve_request(case, "", (), Sampling(max_tokens=7))
    seen = engine.run(engine.model.complete(request))
    told = Message("user", tuple(part for part in request.messages[1].parts if isinstance(part, str)))
    blind = engine.run(engine.model.complete(replace(request, messages=(request.messages[0], told))))
    image = case.images[0]
    grid = AutoProcessor.from_pretrained(tiny_model).image_processor(decode(image), return_tensors="pt")["image_grid_thw"]
    marks = 2  # begin and end of the picture
    assert seen.usage.prompt_tokens - blind.usage.prompt_tokens == int(grid.prod()) // 4 + marks
    assert seen.usage.completion_tokens == 7
    assert seen.finish_reason == "length"


def test_critics_and_analyst_find_the_picture_in_the_prefix_cache(engine: Engine) -> None:
    first, second = some_cases(2, seed=5)
    short = Sampling(max_tokens=4)
    before = cached_tokens()
    engine.run(engine.model.complete(solve_request(first, "", (), short)))
    assert cached_tokens() == before, "nothing of a new case is cached"
    engine.run(engine.model.complete(visual_critic_request(first, wrong_attempt(first), CHANCE)))
    assert cached_tokens() == before + CPU_BLOCK
    engine.run(engine.model.complete(analysis_request(first, short)))
    assert cached_tokens() == before + 2 * CPU_BLOCK
    engine.run(engine.model.complete(analysis_request(second, short)))
    assert cached_tokens() == before + 2 * CPU_BLOCK, "another case shares nothing"


def test_refused_requests_leave_the_others_alone(engine: Engine) -> None:
    (case,) = some_cases(1, seed=6)
    fine = solve_request(case, "", (), Sampling(max_tokens=4))
    too_long = replace(fine, messages=(Message("user", ("x" * 50_000,)),))
    too_many = replace(fine, messages=(Message("user", (*case.images * 3, "How many?")),))

    async def together() -> list[Any]:
        return await asyncio.gather(*map(engine.model.complete, (too_long, fine, too_many)), return_exceptions=True)

    first, answered, last = engine.run(together())
    assert isinstance(first, RequestRefused)
    assert "4096" in str(first)
    assert isinstance(last, RequestRefused)
    assert "image" in str(last)
    assert answered.usage.completion_tokens == 4


def test_an_engine_that_was_killed_ends_the_run_and_not_the_case(engine: Engine) -> None:
    """The last test of this file: it ends the engine."""
    (case,) = some_cases(1, seed=7)
    for child in multiprocessing.active_children():
        if child.pid is not None:
            os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(EngineDied, match="Run the same command again"):
        engine.run(engine.model.complete(solve_request(case, "", (), Sampling(max_tokens=400, temperature=1.0))))


def test_a_model_that_is_not_there_is_told_at_once(small_engine: VLLMSettings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Give a folder with configuration, tokenizer and weights"):
        VLLMModel(str(tmp_path / "no-model"), small_engine)


def test_what_the_engine_only_prints_is_the_reason_given(tiny_model: Path, small_engine: VLLMSettings) -> None:
    with pytest.raises(SettingsError, match=r"larger than the available KV cache memory.* Lower vllm.max_model_len"):
        VLLMModel(str(tiny_model), replace(small_engine, kv_cache_memory_bytes=1 << 20))
