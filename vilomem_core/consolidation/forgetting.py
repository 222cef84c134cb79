"""Outcomes steer memory: the record of help and harm, retirement, ageing, capacity (ARCHITECTURE.md, decision 9).

Memories that were retired for good keep their guidelines, and take in new ones that state their rule again: otherwise a harmful rule
would come back under another name as soon as a critic writes it once more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vilomem_core.consolidation.affected import UNASSIGNED
from vilomem_core.consolidation.linkage import I64
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import Memory, MemoryState, Stream, VerdictStatus


@dataclass(frozen=True, slots=True)
class RecallOutcome:
    """One case for which a memory was recalled.

    ``verdict`` is with the memory in the prompt; ``baseline_verdict`` that of the same model on the same case without any memory,
    None where it was never asked; ``round`` is the round of the recall.
    """

    memory_id: str
    case_key: str
    verdict: VerdictStatus
    baseline_verdict: VerdictStatus | None
    round: int


@dataclass(frozen=True, slots=True)
class Change:
    """A memory that changed its state, with the kind of event and its reason."""

    memory: Memory
    kind: str
    reason: str


def with_record(memory: Memory, outcomes: Sequence[RecallOutcome]) -> Memory:
    """The memory with its record counted anew: helped is wrong without it and right with it, harmed the reverse."""
    right, wrong = VerdictStatus.CORRECT, VerdictStatus.INCORRECT
    return replace(
        memory,
        recalled=len(outcomes),
        helped=sum(outcome.baseline_verdict is wrong and outcome.verdict is right for outcome in outcomes),
        harmed=sum(outcome.baseline_verdict is right and outcome.verdict is wrong for outcome in outcomes),
        last_used_round=max([memory.last_used_round, *(outcome.round for outcome in outcomes)]),
    )


def harm_probability(helped: int, harmed: int) -> float:
    """Posterior probability that the memory harms more often than it helps: P(p > 1/2) for p ~ Beta(1 + harmed, 1 + helped).

    With whole counts it is a binomial tail: the chance of at most ``harmed`` heads in helped + harmed + 1 fair throws.
    """
    throws = helped + harmed + 1
    return float(sum(math.comb(throws, heads) for heads in range(harmed + 1)) / 2**throws)


def harmful(memory: Memory, settings: ConsolidationSettings) -> bool:
    """Does the record say that the memory harms?"""
    return memory.harmed > 0 and harm_probability(memory.helped, memory.harmed) >= settings.harm_posterior


def retired_for_good(memory: Memory, settings: ConsolidationSettings) -> bool:
    """Retired for good: by hand (pinned as it is), or for harm. Others that retired come back when guidelines state them again."""
    return memory.state is MemoryState.RETIRED and (memory.pinned or harmful(memory, settings))


def keep_retired_whole(
    groups: Sequence[Sequence[int]], assigned: I64, living: Sequence[Memory], touched: Sequence[Memory], for_good: Collection[str]
) -> list[list[int]]:
    """The groups with those of memories that were retired ``for_good`` made whole again. ``assigned`` holds places in ``living``.

    A group of their and new wordings belongs to such a memory; one that holds wordings of another memory is left to that one.
    """
    wanted = {memory.id for memory in touched} & set(for_good)
    kept = {place: np.flatnonzero(assigned == place).tolist() for place, memory in enumerate(living) if memory.id in wanted}
    if not kept:
        return [list(group) for group in groups]
    others = []
    for group in groups:
        rest = [wording for wording in group if assigned[wording] not in kept]
        owners = Counter(int(assigned[wording]) for wording in group if assigned[wording] in kept)
        if owners and all(assigned[wording] == UNASSIGNED for wording in rest):
            kept[min(owners, key=lambda place: (-owners[place], place))] += rest
        elif rest:
            others.append(rest)
    return [*others, *(sorted(wordings) for wordings in kept.values() if wordings)]


def retire(memories: Sequence[Memory], settings: ConsolidationSettings, now: int) -> list[Change]:
    """Active memories that have to go: harmful ones, unused ones, and the least useful beyond the capacity. Pinned ones stay.

    ``now`` is the number of the latest round.
    """
    changes = []
    staying = []
    for memory in memories:
        if memory.state is not MemoryState.ACTIVE:
            continue
        idle = now - memory.last_used_round
        if memory.pinned:
            staying.append(memory)
        elif harmful(memory, settings):
            probability = harm_probability(memory.helped, memory.harmed)
            record = f"harmed {memory.harmed} and helped {memory.helped} cases: harmful with probability {probability:.3f}"
            changes.append(_retired(memory, "retired", record))
        elif settings.ageing_rounds and idle >= settings.ageing_rounds:
            changes.append(_retired(memory, "retired", f"neither used nor confirmed for {idle} rounds"))
        else:
            staying.append(memory)
    for stream in Stream:
        changes += _over_capacity([memory for memory in staying if memory.stream is stream], settings.capacity)
    return changes


def _over_capacity(active: Sequence[Memory], capacity: int) -> list[Change]:
    if not capacity or len(active) <= capacity:
        return []
    useful = sorted(active, key=lambda m: (not m.pinned, m.harmed - m.helped, -m.support, -m.recalled, -m.last_used_round, m.id))
    reason = f"beyond the capacity of {capacity} memories"
    return [_retired(memory, "evicted", reason) for memory in useful[capacity:] if not memory.pinned]


def _retired(memory: Memory, kind: str, reason: str) -> Change:
    return Change(replace(memory, state=MemoryState.RETIRED), kind, reason)
