"""Reflections into candidates: the gate decides, the embedders give the vectors."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.gate import judge_guideline
from vilomem_core.gate.settings import GateSettings
from vilomem_core.ids import candidate_id
from vilomem_core.learning.vectors import CaseVectors
from vilomem_core.recall.query import concept_text
from vilomem_core.types import Analysis, Attempt, Candidate, Case, Reflection


def make_candidates(
    case: Case, attempt: Attempt, taught: Sequence[Reflection], vectors: CaseVectors, settings: GateSettings
) -> list[Candidate]:
    """One candidate for each reflection that has a guideline; rejected ones are kept, with the gate's reason."""
    analysis = attempt.analysis or Analysis("", ())
    guidelines = [reflection.guideline or "" for reflection in taught]
    texts = vectors.texts([*guidelines, case.question, concept_text(analysis)])
    candidates = []
    for position, (reflection, guideline) in enumerate(zip(taught, guidelines, strict=True)):
        verdict = judge_guideline(
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
                guideline_vector=texts[position],
                question_vector=texts[-2],
                concept_vector=texts[-1],
                image_vectors=vectors.images(),
            )
        )
    return candidates
