"""Waits between tries are spread out and bounded; an outage pauses a run before it ends it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chat import FakeTime, ScriptedModel, a_request
from vilomem_core.backends.chat.failures import EmptyReply, EndpointDown, retry_after_s
from vilomem_core.backends.chat.pace import BACKOFF_CAP_S, Patient, backoff_s, next_wait_s
from vilomem_core.errors import ModelUnavailable, ReplyUnusable, RunStopped
from vilomem_core.settings.models import EndpointSettings
from vilomem_core.types import Usage

PAID = Usage(calls=1, prompt_tokens=1000, completion_tokens=100, seconds=0.5)


@given(number=st.integers(0, 2000), key=st.text(max_size=20))
def test_backoff_grows_to_a_cap_and_is_the_same_in_every_run(number: int, key: str) -> None:
    wait = backoff_s(number, key)
    assert 0.0 <= wait <= min(BACKOFF_CAP_S, 0.5 * 2.0 ** min(number, 10))
    assert wait == backoff_s(number, key)


def test_requests_that_failed_together_do_not_come_back_together() -> None:
    waits = [backoff_s(3, f"case-{number}") for number in range(100)]
    assert max(waits) - min(waits) > 3.0


def test_a_failure_that_cannot_pass_is_not_tried_again() -> None:
    endpoint = EndpointSettings(max_retries=5)
    assert next_wait_s(ReplyUnusable("cut off"), 0, "k", endpoint) is None
    assert next_wait_s(EmptyReply("nothing"), 0, "k", endpoint) is not None
    assert next_wait_s(ModelUnavailable("gone"), 5, "k", endpoint) is None


def test_a_date_is_compared_with_the_servers_own_clock() -> None:
    server_now = datetime(2031, 5, 1, 12, 0, 0, tzinfo=UTC)
    headers = {"date": format_datetime(server_now, usegmt=True)}
    later = format_datetime(server_now + timedelta(seconds=75), usegmt=True)
    earlier = format_datetime(server_now - timedelta(seconds=75), usegmt=True)
    assert retry_after_s({"retry-after": later} | headers) == 75.0
    assert retry_after_s({"retry-after": earlier} | headers) == 0.0
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert retry_after_s({"retry-after": in_an_hour}) == pytest.approx(3600.0, abs=5.0)


@pytest.mark.parametrize("value", ["", "soon", "-5", "nan", "inf", "1e9", "Mon, 99 Foo", "9" * 30])
def test_a_delay_that_cannot_be_read_is_none(value: str) -> None:
    assert retry_after_s({"retry-after": value}) is None


@given(st.text(max_size=40))
def test_any_header_is_read_or_ignored(value: str) -> None:
    seconds = retry_after_s({"retry-after": value})
    assert seconds is None or seconds >= 0.0


def patient(time: FakeTime, *script: Exception | Usage, patience_s: float = 100.0) -> Patient:
    return Patient(ScriptedModel(*script), EndpointSettings(outage_patience_s=patience_s), time.clock)


def test_a_run_pauses_while_its_server_is_down() -> None:
    time = FakeTime()
    model = patient(time, EndpointDown("down", "", 30.0), EndpointDown("down", "", 12.0), PAID)
    assert asyncio.run(model.complete(a_request())).text == "fine"
    assert time.slept == [30.0, 12.0]


def test_an_outage_beyond_all_patience_ends_the_run_resumable() -> None:
    time = FakeTime()
    model = patient(time, EndpointDown("cannot connect", "", 30.0))
    with pytest.raises(RunStopped, match=r"outage_patience_s \(100 s\).*cannot connect"):
        asyncio.run(model.complete(a_request()))
    assert time.slept == [30.0] * 3


def test_what_was_paid_before_an_outage_is_counted_with_the_reply_that_follows() -> None:
    outage = EndpointDown("down", "", 30.0).costing(Usage(2, 20, 0, 0.0))
    usage = asyncio.run(patient(FakeTime(), outage, PAID).complete(a_request())).usage
    assert (usage.calls, usage.prompt_tokens) == (3, 1020)


def test_what_was_paid_before_an_outage_is_counted_with_the_failure_that_follows() -> None:
    outage = EndpointDown("down", "", 30.0).costing(Usage(2, 20, 0, 0.0))
    empty = EmptyReply("nothing again").costing(Usage(1, 10, 0, 0.0))
    with pytest.raises(EmptyReply) as caught:
        asyncio.run(patient(FakeTime(), outage, empty).complete(a_request()))
    assert caught.value.usage is not None
    assert (caught.value.usage.calls, caught.value.usage.prompt_tokens) == (3, 30)


def test_patience_starts_anew_after_every_reply() -> None:
    time = FakeTime()
    model = patient(time, *[EndpointDown("down", "", 60.0), PAID] * 5)
    for _ in range(5):
        asyncio.run(model.complete(a_request()))
    assert time.slept == [60.0] * 5


def test_one_requests_own_trouble_does_not_end_the_run() -> None:
    time = FakeTime()
    trouble = ModelUnavailable("busy", "", 40.0)
    model = patient(time, trouble, PAID, trouble, PAID, trouble, PAID, trouble, PAID)

    async def two() -> list[object]:
        unlucky = asyncio.create_task(model.complete(a_request()))
        lucky = [await model.complete(a_request()) for _ in range(3)]
        return [await unlucky, *lucky]

    assert len(asyncio.run(two())) == 4
    with pytest.raises(ModelUnavailable, match="at once"):
        asyncio.run(patient(time, ModelUnavailable("at once")).complete(a_request()))
