"""What runs produce: outcomes, failures, rounds, snapshots."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.types.attempts import Attempt, Reflection
from vilomem_core.types.memories import Candidate
from vilomem_core.types.questions import Usage


@dataclass(frozen=True, slots=True)
class Failure:
    """One case that could not be carried through a stage; ``stage`` is a role's value or ``image``, ``error`` the error class.

    ``try_number`` counts from 1; a failure is never a verdict and never writes memory. ``usage`` is the cost of the
    stage's unusable replies, ``analysis_usage`` that of the analysis before it; ``round`` is the round that paid.
    """

    id: str
    case_key: str
    case_id: str
    attempt_id: str
    stage: str
    error: str
    message: str
    retryable: bool
    try_number: int
    usage: Usage = Usage()
    analysis_usage: Usage = Usage()
    round: int = 0


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """All that the learning loop produced for one case; parts that could not be produced are failures, never empty placeholders."""

    case_key: str
    attempt: Attempt | None
    reflections: tuple[Reflection, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One round of one run. ``status`` is running, complete or stopped; times are ISO 8601 in UTC; counts are of this round.

    ``open_critics`` are critics' replies about incorrect answers that are missing.
    """

    id: str
    run_id: str
    round: int
    arm: str
    dataset: str
    settings_digest: str
    snapshot_id: str
    published_id: str
    status: str
    started_at: str
    ended_at: str
    cases: int
    correct: int
    incorrect: int
    undetermined: int
    failed: int
    candidates: int
    usage: Usage = Usage()
    open_critics: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """One immutable release of the active memories. ``status`` is released, rejected or unevaluated; ``evidence`` is JSON text.

    ``checksum`` is the SHA-256 over the released rows in id order; ``created_at`` is ISO 8601 in UTC.
    """

    id: str
    parent_id: str
    created_at: str
    status: str
    visual: int
    logic: int
    checksum: str
    text_embedder: str
    image_embedder: str
    evidence: str = "{}"
