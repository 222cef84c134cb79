"""What requests cost, counted by role, the limits that stop a run, and the model wrapper that applies them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vilomem_core.errors import ModelError, RunStopped
from vilomem_core.protocols import ChatModel, ChatReply, ChatRequest
from vilomem_core.settings.models import BudgetSettings, EndpointSettings
from vilomem_core.types import Role, Usage


@dataclass(frozen=True, slots=True)
class Spend:
    """What one role's answered requests cost; ``cost`` is in the currency of the endpoint's prices."""

    usage: Usage = Usage()
    cost: float = 0.0

    def __add__(self, other: Spend) -> Spend:
        return Spend(self.usage + other.usage, self.cost + other.cost)


def price(usage: Usage, endpoint: EndpointSettings) -> float:
    """What ``usage`` costs at this endpoint."""
    return (usage.prompt_tokens * endpoint.prompt_price + usage.completion_tokens * endpoint.completion_price) / 1e6


class Budget:
    """Sums what was spent, and refuses the next request once a limit is reached; without limits it only sums.

    Requests are counted when they are admitted, so ``max_requests`` is exact except for empty replies, which are retried; tokens and
    money are known only after a reply, so those limits are exceeded by at most the requests in flight. ``name`` appears in the
    message (``run``, or a role).
    """

    def __init__(self, limits: BudgetSettings, name: str = "run", now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._name = name
        self._now = now
        self._started = now()
        self._in_flight = 0
        self._by_role: dict[Role, Spend] = {}

    @property
    def total(self) -> Spend:
        return sum(self._by_role.values(), Spend())

    def by_role(self) -> dict[Role, Spend]:
        """What each role spent so far."""
        return dict(self._by_role)

    def charge(self, role: Role, usage: Usage, cost: float) -> None:
        """Add what was paid, here or by another process."""
        self._by_role[role] = self._by_role.get(role, Spend()) + Spend(usage, cost)

    def check(self) -> None:
        """Raises ``RunStopped`` when any limit is reached."""
        spent = self.total
        used: dict[str, tuple[float, float | None]] = {
            "max_requests": (spent.usage.calls + self._in_flight, self._limits.max_requests),
            "max_prompt_tokens": (spent.usage.prompt_tokens, self._limits.max_prompt_tokens),
            "max_completion_tokens": (spent.usage.completion_tokens, self._limits.max_completion_tokens),
            "max_cost": (spent.cost, self._limits.max_cost),
            "max_seconds": (self._now() - self._started, self._limits.max_seconds),
        }
        for limit, (amount, most) in used.items():
            if most is not None and amount >= most:
                message = f"The budget of the {self._name} is used up: {limit} is {most:g}, {amount:g} spent."
                raise RunStopped(message, "Raise it and run the same command again: it goes on where it stopped.")

    def admit(self) -> None:
        """Count one request that is about to be sent. Raises ``RunStopped``; each ``admit`` needs its ``leave``."""
        self.check()
        self._in_flight += 1

    def leave(self) -> None:
        """The admitted request is answered, or failed, and what was paid for it is charged."""
        self._in_flight -= 1


class Metered:
    """Charges every reply to ``budgets`` (the run's, the role's), and sends nothing once one of them is used up.

    A request that failed is charged with its unusable replies, if there were any. Raises ``RunStopped``, and what ``model`` raises.
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
