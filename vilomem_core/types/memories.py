"""Guidelines on their way to memories: candidates, memories, judgements, events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vilomem_core.types.attempts import Stream

F32: TypeAlias = NDArray[np.float32]


class MemoryState(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"
    MERGED = "merged"


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
    """A judge's decision on two candidates of one stream: the same rule or not. ``left`` < ``right`` are candidate ids."""

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
