"""The log that memories are derived from: the accepted candidates as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vilomem_core.types import F32, Candidate, Stream


@dataclass(frozen=True, slots=True, eq=False)
class GuidelineLog:
    """n accepted candidates, in an order that does not depend on when they arrived.

    The vectors are f32[n, text_dim], rows of unit length, or zero for an empty text.
    """

    ids: tuple[str, ...]
    streams: tuple[Stream, ...]
    guidelines: tuple[str, ...]
    questions: tuple[str, ...]
    subjects: tuple[str, ...]
    key_concepts: tuple[tuple[str, ...], ...]
    case_keys: tuple[str, ...]
    image_sha256: tuple[tuple[str, ...], ...]
    guideline_vectors: F32
    question_vectors: F32
    concept_vectors: F32

    def __len__(self) -> int:
        return len(self.ids)

    @staticmethod
    def from_candidates(candidates: Sequence[Candidate]) -> GuidelineLog:
        """The columns of the accepted ones among ``candidates``, in their order."""
        taken = [candidate for candidate in candidates if candidate.accepted]
        return GuidelineLog(
            ids=tuple(candidate.id for candidate in taken),
            streams=tuple(candidate.stream for candidate in taken),
            guidelines=tuple(candidate.guideline for candidate in taken),
            questions=tuple(candidate.question for candidate in taken),
            subjects=tuple(candidate.subject for candidate in taken),
            key_concepts=tuple(candidate.key_concepts for candidate in taken),
            case_keys=tuple(candidate.case_key for candidate in taken),
            image_sha256=tuple(candidate.image_sha256 for candidate in taken),
            guideline_vectors=_stack([candidate.guideline_vector for candidate in taken]),
            question_vectors=_stack([candidate.question_vector for candidate in taken]),
            concept_vectors=_stack([candidate.concept_vector for candidate in taken]),
        )


def _stack(vectors: Sequence[F32]) -> F32:
    return np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, 0), dtype=np.float32)
