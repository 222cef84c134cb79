"""What is left to do of a shard, seen from the tables: nothing that was paid for is asked again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from storage.store import Store
from vilomem_core.learning.loop import CRITICS
from vilomem_core.learning.plan import CaseWork, LoopPlan
from vilomem_core.types import Attempt, Failure, Reflection, Stream, Usage, VerdictStatus


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """Cases of a round by outcome, and what they cost.

    ``failed`` have no attempt; ``open_critics`` are critics' replies that are still missing; ``guidelines`` are candidates before
    the gate.
    """

    cases: int = 0
    correct: int = 0
    incorrect: int = 0
    undetermined: int = 0
    failed: int = 0
    open_critics: int = 0
    guidelines: int = 0
    usage: Usage = Usage()

    def __add__(self, other: RoundCounts) -> RoundCounts:
        return RoundCounts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Standing:
    """One case's place in a round: what is known of it, and the failures of earlier passes."""

    key: str
    attempt: Attempt | None
    reflections: tuple[Reflection, ...]
    failures: tuple[Failure, ...]

    def open_stages(self, reflect: bool) -> set[str]:
        """The stages without a result: ``solve``, or the critics that have not spoken about an incorrect attempt."""
        if self.attempt is None:
            return {"solve"}
        if not reflect or self.attempt.verdict.status is not VerdictStatus.INCORRECT:
            return set()
        spoken = {reflection.stream for reflection in self.reflections}
        return {CRITICS[stream].value for stream in Stream if stream not in spoken}

    @property
    def tries(self) -> int:
        return max((failure.try_number for failure in self.failures), default=0)

    def worth_a_try(self, reflect: bool, limit: int) -> bool:
        """Whether another pass may help: something is open, tries are left, and the last failure may pass."""
        if not self.open_stages(reflect):
            return False
        last = [failure for failure in self.failures if failure.try_number == self.tries]
        return self.tries < limit and (not last or any(failure.retryable for failure in last))


def standings(store: Store, plan: LoopPlan, keys: Sequence[str]) -> list[Standing]:
    """Where each case of a shard stands, in order."""
    ids = {plan.attempt_id(key): key for key in keys}
    attempts = {attempt.id: attempt for attempt in store.attempts(list(ids))}
    reflections: defaultdict[str, list[Reflection]] = defaultdict(list)
    for reflection in store.reflections(list(attempts)):
        reflections[reflection.attempt_id].append(reflection)
    failures: defaultdict[str, list[Failure]] = defaultdict(list)
    for failure in store.failures(list(ids)):
        failures[failure.attempt_id].append(failure)
    return [
        Standing(key, attempts.get(attempt_id), tuple(reflections[attempt_id]), tuple(failures[attempt_id]))
        for attempt_id, key in ids.items()
    ]


def another_try(store: Store, plan: LoopPlan, keys: Sequence[str], tries: int) -> bool:
    """Whether cases of a round that was completed failed, and more ``tries`` are allowed by now."""
    failed = store.failed_attempts(tries)
    waiting = [key for key in keys if plan.attempt_id(key) in failed] if failed else []
    return any(standing.worth_a_try(plan.reflect, tries) for standing in standings(store, plan, waiting))


def works_left(store: Store, plan: LoopPlan, keys: Sequence[str], tries: int) -> list[CaseWork]:
    """The cases that another pass may bring further, with their pictures loaded."""
    open_ones = [standing for standing in standings(store, plan, keys) if standing.worth_a_try(plan.reflect, tries)]
    cases = store.load_cases([standing.key for standing in open_ones])
    return [
        CaseWork(case, standing.attempt, standing.reflections, standing.tries)
        for case, standing in zip(cases, open_ones, strict=True)
    ]


def count(standing: Standing, reflect: bool) -> RoundCounts:
    """One case's share of the round's counts."""
    attempt = standing.attempt
    wasted = sum((failure.usage + failure.analysis_usage for failure in standing.failures), Usage())
    if attempt is None:
        return RoundCounts(cases=1, failed=1, usage=wasted)
    usage = wasted + attempt.usage + attempt.analysis_usage + attempt.verdict.usage
    for reflection in standing.reflections:
        usage += reflection.usage
    status = attempt.verdict.status
    return RoundCounts(
        cases=1,
        correct=int(status is VerdictStatus.CORRECT),
        incorrect=int(status is VerdictStatus.INCORRECT),
        undetermined=int(status is VerdictStatus.UNDETERMINED),
        open_critics=len(standing.open_stages(reflect)),
        guidelines=sum(reflection.guideline is not None for reflection in standing.reflections),
        usage=usage,
    )
