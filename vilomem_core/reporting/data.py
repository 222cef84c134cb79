"""Everything that a report shows, as plain values. Texts may come from data sets and models: the renderer escapes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from vilomem_core.evaluation import ReleaseEvidence
from vilomem_core.types import Stream, Usage


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One round of one run, as in ``RunRecord``, and the memory after it.

    ``accepted`` of the ``candidates`` passed the gate; ``visual`` and ``logic`` are active memories after its consolidation;
    ``snapshot_id`` is what its cases were solved with, ``published_id`` what it published; ``seconds`` is wall time.
    """

    run_id: str
    round: int
    status: str
    cases: int
    correct: int
    incorrect: int
    undetermined: int
    failed: int
    candidates: int
    accepted: int
    visual: int
    logic: int
    snapshot_id: str = ""
    published_id: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RoleCost:
    """What one role cost. ``money`` is in ``ReportData.currency``; None where no price is known."""

    role: str
    model: str
    usage: Usage
    money: float | None = None


@dataclass(frozen=True, slots=True)
class LineageExample:
    """One candidate behind a memory. ``picture`` is a small PNG, JPEG, GIF or WebP to show, or empty."""

    candidate_id: str
    case_id: str
    question: str
    guideline: str
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One memory, best first by the caller's order; ``support`` counts its members, of which ``examples`` shows a few."""

    id: str
    stream: Stream
    rule: str
    subject: str
    key_concepts: tuple[str, ...]
    support: int
    origin: str
    state: str
    recalled: int
    helped: int
    harmed: int
    pinned: bool = False
    examples: tuple[LineageExample, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedExample:
    case_id: str
    guideline: str
    reason: str


@dataclass(frozen=True, slots=True)
class RejectedGroup:
    """Guidelines that the gate turned away for one kind of reason; ``examples`` shows a few of ``count``."""

    category: str
    count: int
    examples: tuple[RejectedExample, ...] = ()


@dataclass(frozen=True, slots=True)
class FailureRow:
    """Failures of one kind at one stage; case and message are of the latest."""

    stage: str
    error: str
    count: int
    retryable: bool
    case_id: str
    message: str


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One snapshot, newest first; ``current`` marks the one that recall uses by default."""

    id: str
    parent_id: str
    created_at: str
    status: str
    visual: int
    logic: int
    checksum: str
    current: bool = False
    evidence: ReleaseEvidence | None = None


@dataclass(frozen=True, slots=True)
class ReportData:
    """A whole report. Empty tuples are fine everywhere: a new store has a page too. ``created_at`` is ISO 8601 in UTC.

    ``simulated`` is true when any role was played by the simulated learner: the page then says so at its top.
    ``active`` counts active memories of both streams; ``memories`` may show only some of them.
    """

    title: str
    store: str
    created_at: str
    simulated: bool
    solver: str = ""
    rounds: tuple[RoundRow, ...] = ()
    roles: tuple[RoleCost, ...] = ()
    active: int = 0
    memories: tuple[MemoryRow, ...] = ()
    rejected: tuple[RejectedGroup, ...] = ()
    failures: tuple[FailureRow, ...] = ()
    snapshots: tuple[SnapshotRow, ...] = ()
    currency: str = "USD"
