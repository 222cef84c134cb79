"""What a shard's outcomes cost, charged to the session's budgets as they come back; a limit that is reached ends the run cleanly."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.session import Session
from vilomem_core.errors import RunStopped
from vilomem_core.ids import case_key
from vilomem_core.learning.loop import CRITICS
from vilomem_core.learning.plan import CaseWork
from vilomem_core.types import Attempt, CaseOutcome, Role, Usage


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
        if outcome.attempt is not None:
            for role, usage in _costs(outcome.attempt).items():
                self._pay(role, _less(usage, _costs(work.attempt)[role] if work.attempt else Usage()))
        spoken = {reflection.stream for reflection in work.reflections}
        for reflection in outcome.reflections:
            if reflection.stream not in spoken:
                self._pay(CRITICS[reflection.stream], reflection.usage)
        for failure in outcome.failures:
            self._pay(Role.ANALYST, failure.analysis_usage)
            if failure.usage.calls:
                self._pay(Role(failure.stage), failure.usage)
        try:
            self._session.budgets.check()
        except RunStopped as reached:
            self._session.end_early(reached.message)

    def _pay(self, role: Role, usage: Usage) -> None:
        if usage.calls:
            self._session.budgets.charge(role, usage)


def _costs(attempt: Attempt) -> dict[Role, Usage]:
    return {Role.SOLVER: attempt.usage, Role.ANALYST: attempt.analysis_usage, Role.JUDGE: attempt.verdict.usage}


def _less(usage: Usage, paid: Usage) -> Usage:
    return Usage(
        usage.calls - paid.calls,
        usage.prompt_tokens - paid.prompt_tokens,
        usage.completion_tokens - paid.completion_tokens,
        usage.seconds - paid.seconds,
    )
