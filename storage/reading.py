"""Committed rows as records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pyarrow.compute as pc

from storage.schema import ATTEMPTS, CANDIDATES, EVENTS, FAILURES, JUDGEMENTS, MEMORIES, REFLECTIONS
from storage.table import Table
from storage.tables import Tables
from vilomem_core.types import Attempt, Candidate, Failure, Judgement, Memory, MemoryEvent, MemoryState, Reflection


def attempts(tables: Tables, ids: Sequence[str]) -> list[Attempt]:
    found = {attempt.id: attempt for attempt in ATTEMPTS.from_arrow(tables["attempts"].fetch("id", ids))}
    return [found[name] for name in ids if name in found]


def candidates(table: Table, ids: Sequence[str]) -> list[Candidate]:
    found = {candidate.id: candidate for candidate in CANDIDATES.from_arrow(table.fetch("id", ids))}
    return [found[name] for name in ids if name in found]


def reflections(tables: Tables, attempt_ids: Iterable[str]) -> list[Reflection]:
    found = REFLECTIONS.from_arrow(tables["reflections"].fetch("attempt_id", attempt_ids))
    return sorted(found, key=lambda reflection: (reflection.attempt_id, reflection.stream))


def failures(tables: Tables, attempt_ids: Iterable[str]) -> list[Failure]:
    found = FAILURES.from_arrow(tables["failures"].fetch("attempt_id", attempt_ids))
    return sorted(found, key=lambda failure: (failure.attempt_id, failure.stage, failure.try_number, failure.id))


def failed_attempts(tables: Tables, tries: int) -> set[str]:
    """Ids of attempts with a failure that may pass, and with fewer than ``tries`` tries."""
    found = tables["failures"].read(["attempt_id", "try_number", "retryable"])
    by_attempt = found.group_by("attempt_id").aggregate([("try_number", "max"), ("retryable", "any")])
    few = pc.and_(by_attempt.column("retryable_any"), pc.less(by_attempt.column("try_number_max"), tries))
    return set(by_attempt.filter(few).column("attempt_id").to_pylist())


def judgements(tables: Tables) -> list[Judgement]:
    found = JUDGEMENTS.from_arrow(tables["judgements"].read())
    return sorted(found, key=lambda judgement: (judgement.left, judgement.right, judgement.judge))


def events(tables: Tables, memory_ids: Iterable[str]) -> list[MemoryEvent]:
    found = EVENTS.from_arrow(tables["events"].fetch("memory_id", memory_ids))
    return sorted(found, key=lambda event: (event.memory_id, event.consolidation_id, event.id))


def memories(table: Table, states: Collection[MemoryState]) -> list[Memory]:
    rows = table.read(where=("state", [str(state) for state in states]))
    return MEMORIES.from_arrow(rows.sort_by("id"))
