"""Outcomes steer memory: the record of help and harm, retirement, ageing, capacity (DESIGN, decision 9)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.usage import RecallOutcome
from vilomem_core.types import Memory, MemoryState, Stream, VerdictStatus


@dataclass(frozen=True, slots=True)
class Change:
    """A memory that changed its state or record, with the kind of event and its reason; without a kind only numbers changed."""

    memory: Memory
    kind: str = ""
    reason: str = ""


def with_record(memory: Memory, outcomes: Sequence[RecallOutcome]) -> Memory:
    """The memory with its record counted anew: helped is wrong without it and right with it, harmed the reverse."""
    right, wrong = VerdictStatus.CORRECT, VerdictStatus.INCORRECT
    return replace(
        memory,
        recalled=len(outcomes),
        helped=sum(outcome.baseline_verdict is wrong and outcome.verdict is right for outcome in outcomes),
        harmed=sum(outcome.baseline_verdict is right and outcome.verdict is wrong for outcome in outcomes),
        last_used_round=max((outcome.round for outcome in outcomes), default=memory.last_used_round),
    )


def harm_probability(helped: int, harmed: int) -> float:
    """Posterior probability that the memory harms more often than it helps: P(p > 1/2) for p ~ Beta(1 + harmed, 1 + helped).

    With whole counts it is a binomial tail: the chance of at most ``harmed`` heads in helped + harmed + 1 fair throws.
    """
    throws = helped + harmed + 1
    return float(sum(math.comb(throws, heads) for heads in range(harmed + 1)) / 2**throws)


def retire(memories: Sequence[Memory], settings: ConsolidationSettings, now: int) -> list[Change]:
    """Active memories that have to go: harmful ones, unused ones, and the least useful beyond the capacity. Pinned ones stay."""
    changes: dict[str, Change] = {}
    for memory in memories:
        if memory.pinned or memory.state is not MemoryState.ACTIVE:
            continue
        probability = harm_probability(memory.helped, memory.harmed)
        if memory.harmed and probability >= settings.harm_posterior:
            reason = f"harmed {memory.harmed} and helped {memory.helped} cases: harmful with probability {probability:.3f}"
            changes[memory.id] = _retired(memory, reason, "retired")
        elif settings.ageing_rounds and now - memory.last_used_round >= settings.ageing_rounds:
            changes[memory.id] = _retired(memory, f"not used for {now - memory.last_used_round} rounds", "retired")
    for stream in Stream:
        for change in _over_capacity([m for m in memories if m.stream is stream and m.id not in changes], settings.capacity):
            changes[change.memory.id] = change
    return list(changes.values())


def _over_capacity(memories: Sequence[Memory], capacity: int) -> list[Change]:
    active = [memory for memory in memories if memory.state is MemoryState.ACTIVE]
    if not capacity or len(active) <= capacity:
        return []
    useful = sorted(active, key=lambda m: (not m.pinned, m.harmed - m.helped, -m.support, -m.recalled, m.id))
    reason = f"beyond the capacity of {capacity} memories"
    return [_retired(memory, reason, "evicted") for memory in useful[capacity:] if not memory.pinned]


def _retired(memory: Memory, reason: str, kind: str) -> Change:
    return Change(replace(memory, state=MemoryState.RETIRED), kind, reason)


def by_memory(outcomes: Sequence[RecallOutcome]) -> Mapping[str, list[RecallOutcome]]:
    grouped: dict[str, list[RecallOutcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.memory_id, []).append(outcome)
    return grouped
