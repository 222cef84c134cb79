"""What a run and each of its roles may spend, and how the outcomes of cases are charged to it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from vilomem_core.backends.chat.budget import Budget, Metered, price
from vilomem_core.errors import RunStopped
from vilomem_core.learning.plan import CRITICS, CaseWork
from vilomem_core.protocols import ChatModel
from vilomem_core.settings.models import RoleSettings
from vilomem_core.settings.tree import Settings
from vilomem_core.types import Attempt, CaseOutcome, Failure, Reflection, Role, Usage

# which part of the settings a role's model comes from
ROLE_FIELDS = {
    Role.SOLVER: "solver",
    Role.ANALYST: "analyst",
    Role.JUDGE: "judge",
    Role.VISUAL_CRITIC: "visual_critic",
    Role.LOGIC_CRITIC: "logic_critic",
    Role.MERGER: "merger",
    Role.ABSTRACTER: "merger",
}


class Budgets:
    """The budget of a run and one for each role; every reply is charged to both. For several threads.

    They count from the start of this process on: what an earlier start of the run had paid is not counted again. Workers know only
    what they themselves spend, so cases are charged where their outcomes meet, and a limit can be passed by the cases that are under
    way when it is reached.
    """

    def __init__(self, settings: Settings) -> None:
        self.run = Budget(settings.budget)
        self._settings = settings
        self._roles = {name: Budget(self._role(name).budget, f"role {name}") for name in dict.fromkeys(ROLE_FIELDS.values())}
        self._lock = threading.Lock()  # shards charge from several threads, and a sum must not lose one

    def charge_outcome(self, work: CaseWork, outcome: CaseOutcome) -> None:
        """Charge what is new in the outcome of ``work``, with the prices of each role's endpoint."""
        known = _by_role(costs(work.attempt, work.reflections))
        for role, usage in _by_role(costs(outcome.attempt, outcome.reflections, outcome.failures)).items():
            new = _less(usage, known.get(role, Usage()))
            if new.calls:
                self._charge(role, new)

    def exhausted(self) -> str:
        """Which limit of the run or of a role is reached, in a sentence; empty while there is none."""
        with self._lock:
            try:
                for budget in (self.run, *self._roles.values()):
                    budget.check()
            except RunStopped as reached:
                return reached.message
        return ""

    def metered(self, name: str, model: ChatModel) -> ChatModel:
        """``model`` in the role ``name``, for requests that are sent by this process: nothing is sent once a budget is used up."""
        return Metered(model, self._role(name).endpoint, (self.run, self._roles[name]))

    def _charge(self, role: Role, usage: Usage) -> None:
        name = ROLE_FIELDS[role]
        cost = price(usage, self._role(name).endpoint)
        with self._lock:
            for budget in (self.run, self._roles[name]):
                budget.charge(role, usage, cost)

    def _role(self, name: str) -> RoleSettings:
        role: RoleSettings = getattr(self._settings.roles, name)
        return role


def costs(
    attempt: Attempt | None, reflections: Iterable[Reflection], failures: Iterable[Failure] = ()
) -> Iterator[tuple[Role, Usage]]:
    """Everything that was paid for one case, with the role whose model was asked; a role may come several times."""
    for failure in failures:
        yield Role.ANALYST, failure.analysis_usage
        if failure.usage.calls:  # a stage that asks no model has no role
            yield Role(failure.stage), failure.usage
    if attempt is not None:
        yield Role.SOLVER, attempt.usage
        yield Role.ANALYST, attempt.analysis_usage
        yield Role.JUDGE, attempt.verdict.usage
    for reflection in reflections:
        yield CRITICS[reflection.stream], reflection.usage


def _by_role(paid: Iterable[tuple[Role, Usage]]) -> dict[Role, Usage]:
    sums: dict[Role, Usage] = {}
    for role, usage in paid:
        sums[role] = sums.get(role, Usage()) + usage
    return sums


def _less(usage: Usage, paid: Usage) -> Usage:
    return Usage(
        usage.calls - paid.calls,
        usage.prompt_tokens - paid.prompt_tokens,
        usage.completion_tokens - paid.completion_tokens,
        usage.seconds - paid.seconds,
    )
