"""What became of recalls: the record by which memories are kept, or retired."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.types import VerdictStatus


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
