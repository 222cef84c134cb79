"""What a shard's outcomes cost, charged to the session's budget as they come back; a limit that is reached ends the run cleanly."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tasks.session import Session
from vilomem_core.backends.chat.budget import price
from vilomem_core.errors import RunStopped
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import CRITICS
from vilomem_core.learning.plan import CaseWork
from vilomem_core.types import CaseOutcome, Role, Usage

_BOOKS = threading.Lock()  # shards charge from several threads, and a sum must not lose one


class Spending:
    """Charges what is new in an outcome; what an earlier start had paid for is not charged again.

    Workers know only their own spending, so the whole run's is counted where outcomes meet: a limit can be passed by the cases that
    are under way when it is reached.
    """

    def __init__(self, session: Session, works: Sequence[CaseWork]) -> None:
        self._session = session
        self._known = {case_key(work.case): work for work in works}

    def charge(self, outcome: CaseOutcome) -> None:
        work = self._known[outcome.case_key]
        if outcome.attempt is not None and work.attempt is None:
            self._pay(Role.SOLVER, outcome.attempt.usage)
            self._pay(Role.ANALYST, outcome.attempt.analysis_usage)
            self._pay(Role.JUDGE, outcome.attempt.verdict.usage)
        spoken = {reflection.stream for reflection in work.reflections}
        for reflection in outcome.reflections:
            if reflection.stream not in spoken:
                self._pay(CRITICS[reflection.stream], reflection.usage)
        try:
            self._session.budget.check()
        except RunStopped as reached:
            self._session.end_early(reached.message)

    def _pay(self, role: Role, usage: Usage) -> None:
        if usage.calls:
            endpoint = getattr(self._session.settings.roles, ROLE_FIELDS[role]).endpoint
            with _BOOKS:
                self._session.budget.charge(role, usage, price(usage, endpoint))


ROLE_FIELDS = {
    Role.SOLVER: "solver",
    Role.ANALYST: "analyst",
    Role.JUDGE: "judge",
    Role.VISUAL_CRITIC: "visual_critic",
    Role.LOGIC_CRITIC: "logic_critic",
}
