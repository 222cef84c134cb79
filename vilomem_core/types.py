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
    """One reply of the solver to one case, with everything that went into the request and came out of it."""

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

    ``guideline_vector`` and ``question_vector`` are f32[text_dim], unit length; ``image_vectors`` f32[n_images, image_dim], unit
    length. Rejected candidates carry the gate's category and reason and stay in the log.
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
