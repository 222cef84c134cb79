"""Limits hold, a server that is down is left alone, and event loops may follow one another."""

from __future__ import annotations

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chat import FakeTime, a_request
from tests.support.fake_openai import FakeOpenAI
from vilomem_core.backends.chat.failures import EndpointDown
from vilomem_core.backends.chat.openai import OpenAIChat, tokens_to_book
from vilomem_core.backends.chat.pace import Breaker, RateWindow
from vilomem_core.errors import ModelUnavailable
from vilomem_core.protocols import Sampling
from vilomem_core.settings.models import EndpointSettings


def test_no_more_requests_are_under_way_than_allowed() -> None:
    async def many() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, max_in_flight=5))
        await asyncio.gather(*(model.complete(a_request(f"{number}")) for number in range(40)))
        await model.aclose()

    with FakeOpenAI(latency_s=0.005) as fake:
        asyncio.run(many())
    assert fake.peak_in_flight == 5
    assert len(fake.received) == 40


def test_several_event_loops_use_one_model_one_after_the_other() -> None:
    async def some(number: int) -> None:
        await asyncio.gather(*(model.complete(a_request(f"{number} {each}")) for each in range(6)))

    with FakeOpenAI(latency_s=0.002) as fake:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, max_in_flight=2))
        for number in range(3):
            asyncio.run(some(number))  # without closing: each loop closes what was opened in it
        asyncio.run(model.aclose())
    assert len(fake.received) == 18


def test_closing_twice_is_harmless_and_a_later_request_opens_again() -> None:
    async def on_and_off() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url))
        await model.aclose()
        for _ in range(2):
            await model.complete(a_request())
            await model.aclose()
            await model.aclose()

    with FakeOpenAI() as fake:
        asyncio.run(on_and_off())
    assert len(fake.received) == 2


def test_requests_a_minute_are_kept_over_any_minute() -> None:
    time = FakeTime()

    async def seven() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, requests_per_minute=3), time.clock)
        for number in range(7):
            await model.complete(a_request(f"{number}"))
        await model.aclose()

    with FakeOpenAI() as fake:
        asyncio.run(seven())
    assert time.slept == [60.0, 60.0]


def test_tokens_are_booked_by_a_guess_and_settled_by_the_servers_count() -> None:
    time = FakeTime()
    request = a_request("x" * 300, sampling=Sampling(max_tokens=400))
    assert tokens_to_book(request) == 501

    async def asked(times: int) -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, tokens_per_minute=1000), time.clock)
        for _ in range(times):
            await model.complete(request)
        await model.aclose()

    with FakeOpenAI(reply=lambda received: "y" * 96) as fake:  # 76 + 25 tokens each
        asyncio.run(asked(5))
        assert time.slept == []  # five guesses would be 2505 tokens: what was really used counts
        asyncio.run(asked(6))
    assert time.slept == [60.0]


@given(
    limit=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(1, 25), st.floats(0.0, 40.0)), max_size=40),
)
def test_no_window_of_a_minute_holds_more_than_the_limit(limit: int, steps: list[tuple[int, float]]) -> None:
    window, now, starts = RateWindow(limit), 0.0, []
    for amount, pause in steps:
        now += pause
        start = window.earliest(amount, now)
        window.take(amount, start)
        starts.append((start, amount))
        assert start >= now
    for index, (start, amount) in enumerate(starts):
        inside = sum(each for when, each in starts[: index + 1] if when + 60.0 > start)
        assert inside <= limit or inside == amount  # one that is larger than the limit passes alone


def test_the_breaker_refuses_at_once_then_lets_one_request_decide() -> None:
    breaker = Breaker(failures=2, cooldown_s=30.0)
    breaker.failed(0.0, "refused")
    breaker.admit(0.0)
    breaker.failed(1.0, "refused")
    with pytest.raises(EndpointDown) as caught:
        breaker.admit(2.0)
    assert caught.value.retry_after_s == 29.0
    breaker.admit(31.0)  # the one that tries
    with pytest.raises(EndpointDown):
        breaker.admit(31.0)
    breaker.succeeded()
    breaker.admit(31.0)


def test_a_server_that_is_down_is_left_alone_and_found_again() -> None:
    time = FakeTime()
    endpoint = {"max_retries": 0, "breaker_failures": 3, "breaker_cooldown_s": 30.0}

    async def through_an_outage() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, **endpoint), time.clock)  # type: ignore[arg-type]
        for _ in range(3):
            with pytest.raises(ModelUnavailable):
                await model.complete(a_request())
        for _ in range(5):
            with pytest.raises(EndpointDown, match=r"3 outages in a row.*answered 503"):
                await model.complete(a_request())
        assert len(fake.received) == 3
        time.time += 31.0
        assert (await model.complete(a_request())).text
        assert (await model.complete(a_request())).text
        await model.aclose()

    with FakeOpenAI(script=["503"] * 3) as fake:
        asyncio.run(through_an_outage())
    assert len(fake.received) == 5


def test_waiting_requests_give_up_when_the_breaker_opens() -> None:
    time = FakeTime()

    async def many(url: str) -> list[object]:
        model = OpenAIChat("tiny", EndpointSettings(base_url=url, breaker_failures=4, max_in_flight=2), time.clock)
        outcomes = await asyncio.gather(*(model.complete(a_request(f"{n}")) for n in range(50)), return_exceptions=True)
        await model.aclose()
        return list(outcomes)

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        outcomes = asyncio.run(many(f"http://127.0.0.1:{closed.getsockname()[1]}/v1"))
    assert all(isinstance(outcome, ModelUnavailable) for outcome in outcomes)
    assert sum(isinstance(outcome, EndpointDown) for outcome in outcomes) >= 46


def test_rate_limits_are_no_outages() -> None:
    time = FakeTime()

    async def limited() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, breaker_failures=2, max_retries=8), time.clock)
        assert (await model.complete(a_request())).text
        await model.aclose()

    with FakeOpenAI(script=["429"] * 6) as fake:
        asyncio.run(limited())


def test_a_failed_try_uses_no_tokens() -> None:
    time = FakeTime()
    endpoint = {"tokens_per_minute": 1000, "max_retries": 5}

    async def once() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, **endpoint), time.clock)  # type: ignore[arg-type]
        await model.complete(a_request("x" * 300, sampling=Sampling(max_tokens=400)))
        await model.aclose()

    with FakeOpenAI(script=["500"] * 4) as fake:
        asyncio.run(once())
    assert sum(time.slept) < 15.0  # backing off alone: six guesses of 501 tokens would take minutes


def test_a_count_that_comes_after_its_minute_changes_nothing() -> None:
    window = RateWindow(10)
    late = window.take(10, window.earliest(10, 0.0))
    window.take(10, window.earliest(10, 1.0))
    window.settle(late, 0)
    assert window.earliest(1, 61.0) == 120.0


def test_a_request_between_two_tries_does_not_wait_for_an_open_breaker() -> None:
    time = FakeTime()

    async def once() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, breaker_failures=2), time.clock)
        with pytest.raises(EndpointDown):
            await model.complete(a_request())
        await model.aclose()

    with FakeOpenAI(script=["503"] * 9) as fake:
        asyncio.run(once())
    assert len(fake.received) == 2
    assert sum(time.slept) < 3.0
