"""vLLM's own server, asked through the ``openai`` back end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm")

from tests.engines_vllm.incorrect import assert_follows, wrong_attempt
from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.errors import RequestRefused
from vilomem_core.learning.requests import visual_critic_request
from vilomem_core.protocols import ChatReply, ChatRequest, Message, Sampling
from vilomem_core.settings.models import EndpointSettings, VLLMSettings
from vilomem_core.simulation import demo_cases

pytestmark = [pytest.mark.engine, pytest.mark.slow]

START_S = 150  # it takes 20 to 40 s on an idle machine of two cores
CHANCE = Sampling(temperature=1.0, max_tokens=512, seed=11)


@pytest.fixture(scope="module")
def base_url(tiny_model: Path, small_engine: VLLMSettings) -> Iterator[str]:
    """A server on a free loopback port, stopped when this file is through."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(_command(tiny_model, small_engine, port), start_new_session=True)
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def _command(model: Path, engine: VLLMSettings, port: int) -> list[str]:
    options = {
        "model": model,
        "served-model-name": "tiny",
        "host": "127.0.0.1",
        "port": port,
        "dtype": engine.dtype,
        "max-model-len": engine.max_model_len,
        "max-num-seqs": engine.max_num_seqs,
        "kv-cache-memory-bytes": engine.kv_cache_memory_bytes,
        "limit-mm-per-prompt": json.dumps({"image": engine.max_images, "video": 0}),
        "structured-outputs-config": json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}),
    }
    named = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--enforce-eager", "--no-enable-chunked-prefill", *named]


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        assert time.monotonic() < deadline, "the server did not come up"
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=1):
                return
        except OSError:  # no connection yet, or an answer that is no success
            pass
        try:
            code = server.wait(0.25)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the server ended with {code}")


def ask(base_url: str, requests: list[ChatRequest]) -> list[ChatReply | BaseException]:
    async def together() -> list[Any]:
        chat = OpenAIChat("tiny", EndpointSettings(base_url=base_url, max_retries=0))
        try:
            await chat.check()
            return await asyncio.gather(*map(chat.complete, requests), return_exceptions=True)
        finally:
            await chat.aclose()

    return asyncio.run(together())


def test_sixteen_pictures_at_once_get_replies_of_the_schema(base_url: str, caplog: pytest.LogCaptureFixture) -> None:
    requests = [visual_critic_request(case, wrong_attempt(case), CHANCE) for case in demo_cases(16, seed=31)]
    for request, reply in zip(requests, ask(base_url, requests), strict=True):
        assert isinstance(reply, ChatReply), reply
        assert_follows(reply.text, request.json_schema)
        assert reply.finish_reason == "stop"
        assert reply.usage.prompt_tokens > 100
        assert reply.usage.completion_tokens > 10
    assert "full protocol" not in caplog.text, "the server took the schema, the seed and the token limit as they are"


def test_a_prompt_that_is_too_long_is_refused_alone(base_url: str) -> None:
    (case,) = demo_cases(1, seed=32)
    fine = visual_critic_request(case, wrong_attempt(case), CHANCE)
    too_long = replace(fine, messages=(Message("user", ("x" * 50_000,)),))
    refused, answered = ask(base_url, [too_long, fine])
    assert isinstance(refused, RequestRefused)
    assert isinstance(answered, ChatReply)
