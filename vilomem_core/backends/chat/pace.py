"""When a request may be sent: rate limits, pauses that the server asked for, and the circuit breaker.

Pure bookkeeping over times that the caller passes in; the caller does the waiting.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from vilomem_core.backends.chat.failures import EndpointDown, RateLimited
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import ModelError, ModelUnavailable

MINUTE_S = 60.0


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
