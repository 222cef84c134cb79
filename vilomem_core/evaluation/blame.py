"""What happened to the cases in which each memory was recalled."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vilomem_core.evaluation.paired import PairedResult, compare_paired
from vilomem_core.types import VerdictStatus


@dataclass(frozen=True, slots=True)
class MemoryBlame:
    """One memory's cases, compared with the baseline. It was present; what else was recalled beside it may have been the cause.

    ``p_harm`` is the exact one-sided p-value against "it breaks no more than it fixes"; ``q_harm`` is the same after correction for
    the number of memories looked at: calling all with ``q_harm <= 0.1`` harmful is wrong for about a tenth of them at most.
    """

    memory_id: str
    result: PairedResult
    p_harm: float
    q_harm: float


def blame(
    baseline: Mapping[str, VerdictStatus],
    candidate: Mapping[str, VerdictStatus],
    recalled: Mapping[str, Collection[str]],
) -> tuple[MemoryBlame, ...]:
    """Per memory, over the cases of ``recalled`` (case key to the memory ids in its prompt), the most suspicious first.

    Memories are corrected for together (Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57, 289-300); only those with a case that
    changed take part, as the others could not have been found harmful. Ties are in the order of ids.
    """
    cases: dict[str, list[str]] = {}
    for key in sorted(recalled):
        for memory in set(recalled[key]):
            cases.setdefault(memory, []).append(key)
    results = {memory: compare_paired(_only(baseline, keys), _only(candidate, keys)) for memory, keys in sorted(cases.items())}
    tested = [memory for memory, result in results.items() if result.fixed + result.broken]
    corrected = dict(zip(tested, benjamini_hochberg([results[memory].p_worse for memory in tested]), strict=True))
    found = [MemoryBlame(memory, result, result.p_worse, corrected.get(memory, 1.0)) for memory, result in results.items()]
    return tuple(sorted(found, key=lambda entry: (entry.q_harm, entry.p_harm, entry.memory_id)))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given: the false discovery rate at which each would just be called."""
    count = len(p_values)
    order = sorted(range(count), key=lambda index: p_values[index], reverse=True)
    adjusted, smallest = [1.0] * count, 1.0
    for place, index in enumerate(order):
        smallest = min(smallest, p_values[index] * count / (count - place))
        adjusted[index] = smallest
    return adjusted


def _only(verdicts: Mapping[str, VerdictStatus], keys: Sequence[str]) -> dict[str, VerdictStatus]:
    return {key: verdicts[key] for key in keys if key in verdicts}
