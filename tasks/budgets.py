"""The budgets of one run: its own, and one for each role; every reply is charged to both."""

from __future__ import annotations

import threading

from vilomem_core.backends.chat.budget import Budget, Metered, price
from vilomem_core.protocols import ChatModel
from vilomem_core.settings.tree import RoleSettings, Settings
from vilomem_core.types import Role, Usage

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
    """Counts from the start of this process on, for several threads: what an earlier start of the run had paid is not counted again."""

    def __init__(self, settings: Settings) -> None:
        self.run = Budget(settings.budget)
        self._settings = settings
        self._roles = {name: Budget(self._role(name).budget, f"role {name}") for name in dict.fromkeys(ROLE_FIELDS.values())}
        self._books = threading.Lock()  # shards charge from several threads, and a sum must not lose one

    def charge(self, role: Role, usage: Usage) -> None:
        """Add what a role's replies used, at the prices of its endpoint."""
        name = ROLE_FIELDS[role]
        cost = price(usage, self._role(name).endpoint)
        with self._books:
            for budget in (self.run, self._roles[name]):
                budget.charge(role, usage, cost)

    def check(self) -> None:
        """Raises ``RunStopped`` when the run, or any role, has used its budget up."""
        with self._books:
            for budget in (self.run, *self._roles.values()):
                budget.check()

    def metered(self, name: str, model: ChatModel) -> ChatModel:
        """``model`` in the role ``name``, for requests that are sent by this process: nothing is sent once a budget is used up."""
        return Metered(model, self._role(name).endpoint, (self.run, self._roles[name]))

    def _role(self, name: str) -> RoleSettings:
        role: RoleSettings = getattr(self._settings.roles, name)
        return role
