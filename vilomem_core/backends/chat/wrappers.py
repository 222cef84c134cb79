"""Chat models around chat models: one counts and stops at budgets, one waits for a server that is down."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from vilomem_core.backends.chat.budget import Budget, price
from vilomem_core.backends.chat.clock import SYSTEM_CLOCK, Clock
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import ModelError, ModelUnavailable, RunStopped
from vilomem_core.protocols import ChatModel, ChatReply, ChatRequest
from vilomem_core.types import Role, Usage

_log = logging.getLogger(__name__)


class Metered:
    """Charges every reply to ``budgets`` (the run's, the role's), and sends nothing once one of them is used up.

    A request that failed is charged with the replies that came to nothing, if there were any. Raises ``RunStopped``, and what ``model`` raises.
    """

    def __init__(self, model: ChatModel, endpoint: EndpointSettings, budgets: Sequence[Budget]) -> None:
        self._model = model
        self._endpoint = endpoint
        self._budgets = tuple(budgets)

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        for budget in self._budgets:
            budget.check()
        for budget in self._budgets:
            budget.admit()
        try:
            reply = await self._model.complete(request)
        except ModelError as failure:
            self._charge(request.role, failure.usage)
            raise
        finally:
            for budget in self._budgets:
                budget.leave()
        self._charge(request.role, reply.usage)
        return reply

    def _charge(self, role: Role, usage: Usage | None) -> None:
        if usage is None:
            return
        for budget in self._budgets:
            budget.charge(role, usage, price(usage, self._endpoint))

    async def aclose(self) -> None:
        await self._model.aclose()


class Patient:
    """Waits while a server is down (``EndpointDown``, or a long ``Retry-After``), and asks again when it may be back.

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
                    raise  # others were answered meanwhile: it is this request's own trouble
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
