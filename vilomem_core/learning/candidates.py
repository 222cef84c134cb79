"""Reflections into candidates: the gate decides, the embedders give the vectors."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.gate.check import check_guideline
from vilomem_core.gate.settings import GateSettings
from vilomem_core.ids import candidate_id
from vilomem_core.recall.query import concept_text
from vilomem_core.types import F32, Analysis, Attempt, Candidate, Case, Reflection


def candidate_texts(case: Case, attempt: Attempt, taught: Sequence[Reflection]) -> tuple[str, ...]:
    """The texts whose vectors the candidates carry: each guideline, then the question and the analysis, which they share."""
    guidelines = [reflection.guideline or "" for reflection in taught]
    return (*guidelines, case.question, concept_text(attempt.analysis or Analysis("", ())))


def make_candidates(
    case: Case, attempt: Attempt, taught: Sequence[Reflection], text_vectors: F32, image_vectors: F32, settings: GateSettings
) -> list[Candidate]:
    """One candidate for each reflection that has a guideline; rejected ones are kept, with the gate's reason.

    ``text_vectors`` are f32[len(taught) + 2, text_dim] of ``candidate_texts``, ``image_vectors`` f32[n_images, image_dim].
    """
    analysis = attempt.analysis or Analysis("", ())
    candidates = []
    for reflection, vector in zip(taught, text_vectors[:-2], strict=True):
        guideline = reflection.guideline or ""
        verdict = check_guideline(
            guideline, question=case.question, answer=case.answer or "", options=case.options, settings=settings
        )
        candidates.append(
            Candidate(
                id=candidate_id(attempt.id, reflection.stream),
                attempt_id=attempt.id,
                case_key=attempt.case_key,
                case_id=case.id,
                stream=reflection.stream,
                guideline=guideline,
                question=case.question,
                subject=analysis.subject,
                key_concepts=analysis.key_concepts,
                image_sha256=tuple(image.sha256 for image in case.images),
                accepted=verdict.accepted,
                reject_category=verdict.category,
                reject_reason=verdict.reason,
                guideline_vector=vector,
                question_vector=text_vectors[-2],
                concept_vector=text_vectors[-1],
                image_vectors=image_vectors,
            )
        )
    return candidates
