"""When a failed request is sent again: waits between tries, and waiting for a server that is down."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import ModelError, ModelUnavailable, RunStopped
from vilomem_core.protocols import ChatModel, ChatReply, ChatRequest
from vilomem_core.types import Usage

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` counts seconds and never goes back; ``sleep`` waits for a number of seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


SYSTEM_CLOCK = Clock()

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
