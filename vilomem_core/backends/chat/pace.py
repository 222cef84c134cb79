"""When a request is sent: waits between tries, rate limits, pauses that the server asked for, the circuit breaker, outages.

``Pace`` is pure bookkeeping over times that the caller passes in; the caller does the waiting.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from vilomem_core.backends.chat.failures import EndpointDown, RateLimited
from vilomem_core.errors import ModelError, ModelUnavailable, RunStopped
from vilomem_core.protocols import ChatModel, ChatReply, ChatRequest
from vilomem_core.settings.models import EndpointSettings
from vilomem_core.types import Usage

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` counts seconds and never goes back; ``sleep`` waits for a number of seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


SYSTEM_CLOCK = Clock()

MINUTE_S = 60.0
BACKOFF_BASE_S = 0.5  # first wait is 0.25 s on average: a dropped connection costs little
BACKOFF_CAP_S = 30.0  # a restarting server is asked twice a minute


def backoff_s(number: int, key: str) -> float:
    """Seconds to wait after failed try ``number`` (0 is the first): exponential with full jitter.

    The jitter is a function of ``key`` and ``number``: many requests spread out, and one request waits equally long in every run.
    """
    ceiling = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0 ** min(number, 16))
    return random.Random(f"{key}|{number}").uniform(0.0, ceiling)


def next_wait_s(failure: ModelError, number: int, key: str, endpoint: EndpointSettings) -> float | None:
    """Seconds until the next try after ``failure`` of try ``number``, or None when it must be raised."""
    if not failure.retryable or number >= endpoint.max_retries:
        return None
    asked = failure.retry_after_s if isinstance(failure, ModelUnavailable) else None
    if asked is None:
        return min(backoff_s(number, key), endpoint.max_wait_s)
    if asked > endpoint.max_wait_s:
        return None
    return asked + backoff_s(0, key)  # requests that were told to wait until the same moment are spread out


@dataclass(slots=True)
class Booking:
    """An amount of a limit that was or will be used at time ``at`` (seconds); ``expired`` once it no longer counts."""

    at: float
    amount: int
    expired: bool = False


class RateWindow:
    """Never more than ``limit`` in any period: exact over a sliding window, so one burst passes at once and a second one waits.

    Starts are given in the order of the requests. A single amount above the limit passes alone.
    """

    def __init__(self, limit: int, period_s: float = MINUTE_S) -> None:
        self._limit = limit
        self._period_s = period_s
        self._spent: deque[Booking] = deque()
        self._total = 0

    def earliest(self, amount: int, start: float) -> float:
        """The first moment from ``start`` on at which ``amount`` fits."""
        if self._spent:
            start = max(start, self._spent[-1].at)
        while self._spent and (self._spent[0].at + self._period_s <= start or self._total + amount > self._limit):
            oldest = self._spent.popleft()
            oldest.expired = True
            self._total -= oldest.amount
            start = max(start, oldest.at + self._period_s)
        return start

    def take(self, amount: int, at: float) -> Booking:
        """Book ``amount`` for a moment that ``earliest`` gave."""
        booking = Booking(at, amount)
        self._spent.append(booking)
        self._total += amount
        return booking

    def settle(self, booking: Booking, amount: int) -> None:
        """Replace an estimate by what was really used."""
        if not booking.expired:
            self._total += amount - booking.amount
            booking.amount = amount


class Breaker:
    """Circuit breaker: opens after a number of outages in a row; after the cool-down one request is let through and decides."""

    def __init__(self, failures: int, cooldown_s: float) -> None:
        self._limit = failures
        self._cooldown_s = cooldown_s
        self._failed = 0
        self._last = ""
        self._open_until = 0.0

    def admit(self, now: float) -> None:
        """Raises ``EndpointDown`` while the breaker is open."""
        if self._failed < self._limit:
            return
        if now < self._open_until:
            message = f"{self._failed} outages in a row, so it is left alone for {self._open_until - now:.0f} s. {self._last}"
            raise EndpointDown(message, "", self._open_until - now)
        self._open_until = now + self._cooldown_s  # this request is the trial; the others wait for its result

    def failed(self, now: float, message: str) -> None:
        self._failed += 1
        self._last = message
        if self._failed >= self._limit:
            self._open_until = now + self._cooldown_s

    def succeeded(self) -> None:
        self._failed = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """Permission to send one request after ``wait_s`` seconds; ``tokens`` is its booking, if tokens are limited."""

    wait_s: float
    tokens: Booking | None


class Pace:
    """Everything that may delay or refuse a request before it is sent to one server."""

    def __init__(self, endpoint: EndpointSettings) -> None:
        self._max_wait_s = endpoint.max_wait_s
        self._breaker = Breaker(endpoint.breaker_failures, endpoint.breaker_cooldown_s)
        self._requests = RateWindow(endpoint.requests_per_minute) if endpoint.requests_per_minute else None
        self._tokens = RateWindow(endpoint.tokens_per_minute) if endpoint.tokens_per_minute else None
        self._not_before = 0.0

    def admit(self, tokens: int, now: float) -> Ticket:
        """Permission to send a request of an estimated number of ``tokens``. Raises ``EndpointDown``."""
        self._breaker.admit(now)
        start = max(now, self._not_before)
        if self._requests:
            start = self._requests.earliest(1, start)
        if self._tokens:
            start = self._tokens.earliest(tokens, start)
        if self._requests:
            self._requests.take(1, start)
        return Ticket(start - now, self._tokens.take(tokens, start) if self._tokens else None)

    def answered(self, ticket: Ticket, tokens: int) -> None:
        """The request was answered, and used this number of ``tokens``."""
        self._breaker.succeeded()
        self._settle(ticket, tokens)

    def failed(self, ticket: Ticket, failure: ModelError, now: float) -> None:
        """The request failed: an outage counts against the server, a refusal shows that it is there. Few failures use tokens."""
        used = failure.usage
        self._settle(ticket, used.prompt_tokens + used.completion_tokens if used else 0)
        if isinstance(failure, ModelUnavailable) and not isinstance(failure, RateLimited):
            self._breaker.failed(now, str(failure))
        else:
            self._breaker.succeeded()
        if isinstance(failure, ModelUnavailable) and failure.retry_after_s is not None:
            self._not_before = max(self._not_before, now + min(failure.retry_after_s, self._max_wait_s))

    def _settle(self, ticket: Ticket, tokens: int) -> None:
        if self._tokens and ticket.tokens:
            self._tokens.settle(ticket.tokens, tokens)


class Patient:
    """Waits while a server is down (``EndpointDown``, or a long ``Retry-After``), and sends the request again when it may be back.

    An outage longer than ``outage_patience_s``, counted from the first failure that no reply followed, raises ``RunStopped``: the
    run ends resumable, and no outage turns into a row. Other errors pass through.
    """

    def __init__(self, model: ChatModel, endpoint: EndpointSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._model = model
        self._patience_s = endpoint.outage_patience_s
        self._clock = clock
        self._down_since: float | None = None

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        first_failure: float | None = None
        wasted = Usage()
        while True:
            try:
                reply = await self._model.complete(request)
            except ModelError as outage:
                wasted += outage.usage or Usage()
                if wasted.calls:
                    outage.costing(wasted)
                if not isinstance(outage, ModelUnavailable) or outage.retry_after_s is None:
                    raise
                wait = self._wait_s(outage, outage.retry_after_s)
                first_failure = self._clock.now() if first_failure is None else first_failure
                if self._clock.now() + wait - first_failure > self._patience_s:
                    raise  # other requests were answered meanwhile: the failure is this request's own
            else:
                self._down_since = None
                return replace(reply, usage=wasted + reply.usage)
            await self._clock.sleep(wait)

    async def aclose(self) -> None:
        await self._model.aclose()

    def _wait_s(self, outage: ModelUnavailable, asked_s: float) -> float:
        now = self._clock.now()
        if self._down_since is None:
            self._down_since = now
            _log.warning("%s is down; waiting for it. %s", self.name, outage)
        if now + asked_s - self._down_since > self._patience_s:
            message = f"{self.name} is down for longer than outage_patience_s ({self._patience_s:g} s). {outage}"
            raise RunStopped(message, "Run the same command again when it is back: it goes on where it stopped.") from outage
        return asked_s
