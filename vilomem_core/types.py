"""The records that travel between the parts of the house.

Every record is frozen: a stage reads one, and makes a new one. Text fields hold untrusted text (datasets, model replies); nothing
here evaluates or formats it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

F32: TypeAlias = NDArray[np.float32]


class Stream(StrEnum):
    """The two kinds of mistakes that are remembered apart (ViLoMem, sec. 3.2)."""

    VISUAL = "visual"
    LOGIC = "logic"


class AnswerType(StrEnum):
    CHOICE = "choice"
    NUMBER = "number"
    EXPRESSION = "expression"
    TEXT = "text"


class VerdictStatus(StrEnum):
    """``UNDETERMINED`` means that nobody could tell; only ``INCORRECT`` may write memory."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNDETERMINED = "undetermined"


class Role(StrEnum):
    """What a model is asked to do; the values are the role names of recorded replies."""

    ANALYST = "analyze"
    SOLVER = "solve"
    VISUAL_CRITIC = "reflect_visual"
    LOGIC_CRITIC = "reflect_logic"
    MERGER = "merge"
    ABSTRACTER = "abstract"
    JUDGE = "judge"


class MemoryState(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Image:
    """One decoded-and-checked picture, as it is sent to models.

    ``sha256`` is of ``data``; ``width`` and ``height`` are pixels after EXIF rotation; ``media_type`` follows the content.
    """

    sha256: str
    media_type: str
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its images and gold answer.

    ``answer`` of a choice case is the text of one of ``options``; ``tolerance`` is relative (0.05 = 5 %); ``answer`` is None only
    where a reader was told to accept questions without gold.
    """

    id: str
    question: str
    answer: str | None
    answer_type: AnswerType
    options: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    tolerance: float | None = None
    subject: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""

    @property
    def answer_letter(self) -> str | None:
        """The letter of the gold option (A for the first), or None when this is not a choice case with gold."""
        if self.answer_type is not AnswerType.CHOICE or self.answer is None:
            return None
        return option_letter(self.options.index(self.answer))


def option_letter(index: int) -> str:
    """A, B, … Z, AA, AB, … for option 0, 1, … 25, 26, 27, …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls cost. ``seconds`` is time spent waiting for models, summed over calls."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Analysis:
    """A model's reading of the problem before solving it: the logic stream is searched with it (ViLoMem, sec. 3.3)."""

    subject: str
    key_concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecallHit:
    """One memory that was retrieved: its rule, its fused score, and how it was found.

    ``scores`` holds the parts that made the score, by name (``image``, ``rule``, ``member``, ``question``, ``lexical``, …).
    """

    memory_id: str
    stream: Stream
    rule: str
    score: float
    scores: tuple[tuple[str, float], ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification says of one reply. ``extracted`` is the committed answer in normal form, None if there is none."""

    status: VerdictStatus
    method: str
    extracted: str | None = None
    reason: str = ""
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reply of the solver to one case, with everything that went into the request and came out of it.

    ``arm`` is ``learn`` or an evaluation arm's name, as in ``attempt_id``; ``round`` is the round that paid for the attempt.
    """

    id: str
    case_key: str
    case_id: str
    snapshot_id: str
    reply: str
    prompt_digest: str
    model: str
    finish_reason: str
    verdict: Verdict
    hits: tuple[RecallHit, ...] = ()
    analysis: Analysis | None = None
    analysis_error: str = ""
    heatmap: str = "none"
    seed: int | None = None
    usage: Usage = Usage()
    analysis_usage: Usage = Usage()
    arm: str = "learn"
    round: int = 0


@dataclass(frozen=True, slots=True)
class Reflection:
    """One critic's finding about one incorrect attempt. ``guideline`` is None when the critic blames the other stream."""

    attempt_id: str
    stream: Stream
    is_error: bool
    summary: str
    guideline: str | None
    model: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One guideline with its provenance and vectors: a row of the append-only log.

    ``guideline_vector``, ``question_vector`` and ``concept_vector`` (subject and key concepts) are f32[text_dim], of unit length or
    zero for an empty text; ``image_vectors`` is f32[n_images, image_dim], of unit length. Rejected candidates carry the gate's
    category and reason and stay in the log.
    """

    id: str
    attempt_id: str
    case_key: str
    case_id: str
    stream: Stream
    guideline: str
    question: str
    subject: str
    key_concepts: tuple[str, ...]
    image_sha256: tuple[str, ...]
    accepted: bool
    reject_category: str
    reject_reason: str
    guideline_vector: F32
    question_vector: F32
    concept_vector: F32
    image_vectors: F32


@dataclass(frozen=True, slots=True)
class Memory:
    """One general rule and where it comes from.

    ``member_ids`` are candidate ids (lineage); ``rule_origin`` is ``member`` (a member's own words) or ``abstracted`` (written from
    all members by a model). ``rule_vector`` is f32[text_dim], unit length. ``helped``, ``harmed`` and ``recalled`` count outcomes.
    """

    id: str
    stream: Stream
    rule: str
    subject: str
    key_concepts: tuple[str, ...]
    member_ids: tuple[str, ...]
    rule_origin: str
    rule_vector: F32
    state: MemoryState = MemoryState.ACTIVE
    merged_into: str = ""
    pinned: bool = False
    helped: int = 0
    harmed: int = 0
    recalled: int = 0
    last_used_round: int = 0

    @property
    def support(self) -> int:
        """How many candidates stand behind the rule."""
        return len(self.member_ids)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's word on two candidates of one stream: the same rule or not. ``left`` < ``right`` are candidate ids."""

    stream: Stream
    left: str
    right: str
    same: bool
    judge: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MemoryEvent:
    """One change to one memory, with its reason: the history from which every state can be explained and undone.

    ``kind`` is one of created, grown, rewritten, split, merged, retired, restored, evicted, pinned, unpinned.
    """

    id: str
    memory_id: str
    stream: Stream
    kind: str
    reason: str
    consolidation_id: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One case that could not be carried through a stage; ``stage`` is a role's value or ``image``, ``error`` the error class.

    ``try_number`` counts from 1; a failure is never a verdict and never writes memory.
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


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """All that one case's way through the loop produced; parts that could not be produced are failures, never empty stand-ins."""

    case_key: str
    attempt: Attempt | None
    reflections: tuple[Reflection, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One round of one run. ``status`` is running, complete or stopped; times are ISO 8601 in UTC; counts are of this round."""

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
