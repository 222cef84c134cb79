"""The accepted candidates as columns: what consolidation reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vilomem_core.errors import DataError, StoreError
from vilomem_core.types import F32, Candidate, Stream


@dataclass(frozen=True, slots=True)
class GuidelineLog:
    """One row an accepted candidate, in order of arrival; the vectors are f32[n, text_dim], of unit length or zero.

    ``concept_vectors`` are of ``subject: concept, concept``.
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
        """The accepted ones among ``candidates``. Raises ``DataError`` when vectors differ in dimension."""
        kept = [candidate for candidate in candidates if candidate.accepted]
        return GuidelineLog(
            ids=tuple(candidate.id for candidate in kept),
            streams=tuple(candidate.stream for candidate in kept),
            guidelines=tuple(candidate.guideline for candidate in kept),
            questions=tuple(candidate.question for candidate in kept),
            subjects=tuple(candidate.subject for candidate in kept),
            key_concepts=tuple(candidate.key_concepts for candidate in kept),
            case_keys=tuple(candidate.case_key for candidate in kept),
            image_sha256=tuple(candidate.image_sha256 for candidate in kept),
            guideline_vectors=_stacked(kept, [candidate.guideline_vector for candidate in kept]),
            question_vectors=_stacked(kept, [candidate.question_vector for candidate in kept]),
            concept_vectors=_stacked(kept, [candidate.concept_vector for candidate in kept]),
        )


def check_log(log: GuidelineLog, dimension: int) -> None:
    """Raises ``StoreError`` for vectors of another dimension, ``DataError`` for broken numbers and repeated ids."""
    for name, vectors in (("guideline", log.guideline_vectors), ("concept", log.concept_vectors)):
        if vectors.shape != (len(log), dimension):
            raise StoreError(
                f"The {name} vectors have shape {vectors.shape}, the text embedder gives {dimension} numbers a text.",
                "They were made with another embedder: run vilomem reembed.",
            )
        broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(broken):
            named = ", ".join(log.ids[row] for row in broken[:3])
            raise DataError(f"{len(broken)} {name} vectors hold NaN or infinity (candidates {named}).", "Run vilomem reembed.")
    if len(set(log.ids)) != len(log):
        raise DataError("The candidate log names a candidate twice.")


def _stacked(candidates: Sequence[Candidate], vectors: Sequence[F32]) -> F32:
    shapes = {vector.shape for vector in vectors}
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        odd = next(candidate.id for candidate, vector in zip(candidates, vectors, strict=True) if vector.shape != vectors[0].shape)
        raise DataError(f"Candidate {odd} has vectors of another dimension than the rest of the log.", "Run vilomem reembed.")
    return np.stack(vectors).astype(np.float32, copy=False) if vectors else np.zeros((0, 0), np.float32)
