"""How far the cases of a round are, read from the tables: what is done, what is left, and what is known of a case that is left.

The tables are read in pages and nothing of them is kept but counts and keys, so that a round may have millions of cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from storage.store import Store
from tasks.budgets import costs
from vilomem_core.ids import CaseKeys
from vilomem_core.learning.plan import CRITICS, CaseWork, LoopPlan
from vilomem_core.types import Attempt, Failure, Reflection, Stream, Usage, VerdictStatus

READ_CASES = 1000  # whose progress is read at once


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
class CaseProgress:
    """How far one case is in a round: its results so far, and the failures of earlier passes."""

    key: str
    attempt: Attempt | None
    reflections: tuple[Reflection, ...]
    failures: tuple[Failure, ...]

    def open_stages(self, reflect: bool) -> set[str]:
        """The stages without a result: ``solve``, or the critics that have not replied about an incorrect attempt."""
        if self.attempt is None:
            return {"solve"}
        if not reflect or self.attempt.verdict.status is not VerdictStatus.INCORRECT:
            return set()
        replied = {reflection.stream for reflection in self.reflections}
        return {CRITICS[stream].value for stream in Stream if stream not in replied}

    @property
    def tries(self) -> int:
        return max((failure.try_number for failure in self.failures), default=0)

    def worth_a_try(self, reflect: bool, limit: int) -> bool:
        """Whether another pass may help: a stage is open, tries are left, and the last failure was a transient one."""
        if not self.open_stages(reflect):
            return False
        last = [failure for failure in self.failures if failure.try_number == self.tries]
        return self.tries < limit and (not last or any(failure.retryable for failure in last))

    def counts(self, reflect: bool) -> RoundCounts:
        """This case's share of the round's counts."""
        usage = sum((usage for _, usage in costs(self.attempt, self.reflections, self.failures)), Usage())
        if self.attempt is None:
            return RoundCounts(cases=1, failed=1, usage=usage)
        status = self.attempt.verdict.status
        return RoundCounts(
            cases=1,
            correct=int(status is VerdictStatus.CORRECT),
            incorrect=int(status is VerdictStatus.INCORRECT),
            undetermined=int(status is VerdictStatus.UNDETERMINED),
            open_critics=len(self.open_stages(reflect)),
            guidelines=sum(reflection.guideline is not None for reflection in self.reflections),
            usage=usage,
        )


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """The cases that another pass may bring further (``left``), the counts of these, and those of all others (``done``)."""

    done: RoundCounts
    open: RoundCounts
    left: CaseKeys

    @property
    def counts(self) -> RoundCounts:
        return self.done + self.open


def round_progress(store: Store, plan: LoopPlan, keys: CaseKeys, tries: int, done: RoundCounts | None = None) -> RoundProgress:
    """Reads how far the cases ``keys`` are; ``done`` are the counts of the round's other cases, which no pass changes any more."""
    done, still_open, left = done or RoundCounts(), RoundCounts(), CaseKeys()
    for start in range(0, len(keys), READ_CASES):
        for case in case_progress(store, plan, keys[start : start + READ_CASES]):
            if case.worth_a_try(plan.reflect, tries):
                still_open += case.counts(plan.reflect)
                left.append(case.key)
            else:
                done += case.counts(plan.reflect)
    return RoundProgress(done, still_open, left)


def case_progress(store: Store, plan: LoopPlan, keys: Sequence[str]) -> Iterator[CaseProgress]:
    """How far each of some cases is, in order; all are read at once."""
    ids = {plan.attempt_id(key): key for key in keys}
    attempts = {attempt.id: attempt for attempt in store.attempts(list(ids))}
    reflections: defaultdict[str, list[Reflection]] = defaultdict(list)
    for reflection in store.reflections(list(attempts)):
        reflections[reflection.attempt_id].append(reflection)
    failures: defaultdict[str, list[Failure]] = defaultdict(list)
    for failure in store.failures(list(ids)):
        failures[failure.attempt_id].append(failure)
    for attempt_id, key in ids.items():
        yield CaseProgress(key, attempts.get(attempt_id), tuple(reflections[attempt_id]), tuple(failures[attempt_id]))


def another_try(store: Store, plan: LoopPlan, keys: Sequence[str], tries: int) -> bool:
    """Whether cases of a round that was completed failed, and more ``tries`` are allowed by now."""
    failed = store.failed_attempts(tries)
    waiting = [key for key in keys if plan.attempt_id(key) in failed] if failed else []
    return any(case.worth_a_try(plan.reflect, tries) for case in case_progress(store, plan, waiting))


def works_left(store: Store, plan: LoopPlan, keys: Sequence[str], tries: int) -> list[CaseWork]:
    """The cases of a shard that another pass may bring further, with their pictures and what was paid for already."""
    left = [case for case in case_progress(store, plan, keys) if case.worth_a_try(plan.reflect, tries)]
    cases = store.load_cases([progress.key for progress in left])
    return [
        CaseWork(case, progress.attempt, progress.reflections, progress.tries) for case, progress in zip(cases, left, strict=True)
    ]
