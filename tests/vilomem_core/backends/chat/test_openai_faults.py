"""Outages are waited out, and reported when they last; nothing waits for real."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.chat import FakeTime, a_request
from tests.support.fake_openai import FakeOpenAI
from vilomem_core.backends.chat.failures import RateLimited
from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.errors import ModelUnavailable, ReplyUnusable
from vilomem_core.protocols import ChatReply
from vilomem_core.settings.models import EndpointSettings


def ask(base_url: str, time: FakeTime | None = None, **settings: Any) -> ChatReply:
    async def once() -> ChatReply:
        model = OpenAIChat("tiny", EndpointSettings(base_url=base_url, **settings), (time or FakeTime()).clock)
        try:
            return await model.complete(a_request("Which one?"))
        finally:
            await model.aclose()

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("fault", "paid"),
    [*((fault, 1) for fault in ("429", "500", "503", "disconnect", "garbage", "truncated", "cut_off")), ("empty", 3)],
)
def test_a_transient_fault_costs_a_try_and_what_the_server_counted_is_paid_once(fault: str, paid: int) -> None:
    time = FakeTime()
    with FakeOpenAI(script=[fault, fault, "ok"]) as fake:
        reply = ask(fake.base_url, time)
    with FakeOpenAI() as faultless:
        clean = ask(faultless.base_url).usage
    assert "boxed" in reply.text
    assert reply.usage.calls == paid
    assert reply.usage.prompt_tokens == paid * clean.prompt_tokens > 0
    assert len({received.raw for received in fake.received}) == 1
    assert len(fake.received) == 3
    assert len(time.slept) == 2


@pytest.mark.parametrize("fault", ["429", "500", "503", "disconnect", "garbage", "truncated", "cut_off"])
def test_a_lasting_fault_ends_as_an_outage_that_names_the_server(fault: str) -> None:
    with FakeOpenAI(rates={fault: 1.0}) as fake, pytest.raises(ModelUnavailable) as caught:
        ask(fake.base_url, max_retries=2)
    assert len(fake.received) == 3
    assert fake.base_url in str(caught.value)
    assert caught.value.retryable


def test_a_server_that_never_sends_content_gave_no_usable_reply() -> None:
    with FakeOpenAI(rates={"empty": 1.0}) as fake, pytest.raises(ReplyUnusable) as caught:
        ask(fake.base_url, max_retries=1)
    assert caught.value.usage is not None
    assert caught.value.usage.calls == 2
    assert len(fake.received) == 2


@pytest.mark.parametrize("fault", ["hang", "slow"])
def test_a_reply_that_comes_too_late_is_given_up_and_asked_again(fault: str) -> None:
    with FakeOpenAI(script=[fault, "ok"], slow_s=30.0) as fake:
        assert ask(fake.base_url, timeout_s=0.1).text
    assert len(fake.received) == 2


def test_a_server_that_hangs_is_an_outage_that_names_the_limit() -> None:
    with FakeOpenAI(rates={"hang": 1.0}) as fake, pytest.raises(ModelUnavailable, match=r"within 0\.05 s.*Raise timeout_s"):
        ask(fake.base_url, timeout_s=0.05, max_retries=0)


def test_a_slow_first_byte_within_the_limit_is_no_fault() -> None:
    with FakeOpenAI(script=["slow"], slow_s=0.02) as fake:
        assert ask(fake.base_url).text
    assert len(fake.received) == 1


def test_a_missing_server_is_told_with_its_address() -> None:
    with socket.socket() as closed:  # bound and not listening: connections to it are refused
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        with pytest.raises(ModelUnavailable) as caught:
            ask(url, max_retries=1)
    assert f"Cannot connect to {url}" in str(caught.value)
    assert "Is the server running" in str(caught.value)


def test_a_missing_server_is_found_before_a_run_without_a_retry() -> None:
    time = FakeTime()
    with FakeOpenAI() as fake:
        url = fake.base_url
        asyncio.run(OpenAIChat("tiny", EndpointSettings(base_url=url), time.clock).check())
    with pytest.raises(ModelUnavailable, match="Is the server running"):
        asyncio.run(OpenAIChat("tiny", EndpointSettings(base_url=url), time.clock).check())
    assert [received.path for received in fake.received] == ["/v1/models"]
    assert time.slept == []


def test_the_server_says_how_long_to_wait() -> None:
    time = FakeTime()
    with FakeOpenAI(script=["429", "ok"], retry_after="17") as fake:
        ask(fake.base_url, time)
    assert 17.0 <= sum(time.slept) <= 17.5


def test_a_wait_beyond_the_limit_is_left_to_the_caller() -> None:
    time = FakeTime()
    with FakeOpenAI(rates={"429": 1.0}, retry_after="3600") as fake, pytest.raises(RateLimited) as caught:
        ask(fake.base_url, time, max_wait_s=60.0)
    assert caught.value.retry_after_s == 3600.0
    assert time.slept == []
    assert len(fake.received) == 1


def test_one_request_that_was_told_to_wait_holds_back_the_others() -> None:
    time = FakeTime()

    async def two() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, max_retries=0), time.clock)
        with pytest.raises(RateLimited):
            await model.complete(a_request(case_id="first"))
        await model.complete(a_request(case_id="second"))
        await model.aclose()

    with FakeOpenAI(script=["429", "ok"], retry_after="9") as fake:
        asyncio.run(two())
    assert time.slept == [9.0]


def test_mixed_faults_lose_no_request_and_pay_each_once() -> None:
    time = FakeTime()
    rates = {"429": 0.03, "500": 0.03, "disconnect": 0.03, "garbage": 0.03, "truncated": 0.03, "cut_off": 0.03, "empty": 0.02}

    async def many() -> Sequence[ChatReply]:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, max_retries=10, max_in_flight=8), time.clock)
        requests = [a_request(f"Question {number}", case_id=f"case-{number}") for number in range(150)]
        replies = await asyncio.gather(*(model.complete(request) for request in requests))
        await model.aclose()
        return replies

    with FakeOpenAI(rates=rates) as fake:
        replies = asyncio.run(many())
    assert fake.fates["ok"] == 150
    assert sum(reply.usage.calls for reply in replies) == 150 + fake.fates["empty"]
    assert len(fake.received) > 160
    assert fake.peak_in_flight <= 8
