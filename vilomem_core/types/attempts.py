"""What models are asked to do and what they reply: roles, analyses, recalls, attempts, reflections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vilomem_core.types.questions import Usage, Verdict


class Stream(StrEnum):
    """The two kinds of mistakes that are remembered apart (ViLoMem, sec. 3.2)."""

    VISUAL = "visual"
    LOGIC = "logic"


class Role(StrEnum):
    """What a model is asked to do; the values are the role names of recorded replies."""

    ANALYST = "analyze"
    SOLVER = "solve"
    VISUAL_CRITIC = "reflect_visual"
    LOGIC_CRITIC = "reflect_logic"
    MERGER = "merge"
    ABSTRACTER = "abstract"
    JUDGE = "judge"


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
