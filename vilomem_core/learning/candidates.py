"""Reflections into candidates: the gate decides, the embedders give the vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vilomem_core.gate import judge_guideline
from vilomem_core.gate.settings import GateSettings
from vilomem_core.ids import candidate_id
from vilomem_core.learning.cast import Senses
from vilomem_core.recall.query import concept_text
from vilomem_core.types import Analysis, Attempt, Candidate, Case, Reflection


class CandidateMaker:
    """Turns the guidelines of one attempt's reflections into candidates with provenance and vectors."""

    def __init__(self, senses: Senses, gate: GateSettings) -> None:
        self._senses = senses
        self._gate = gate

    def make(self, case: Case, attempt: Attempt, taught: Sequence[Reflection]) -> list[Candidate]:
        """One candidate for each reflection that has a guideline; rejected ones are kept, with the gate's reason."""
        analysis = attempt.analysis or Analysis("", ())
        guidelines = [reflection.guideline or "" for reflection in taught]
        vectors = self._senses.text.embed([*guidelines, case.question, concept_text(analysis)])
        if case.images:
            images = self._senses.image.embed(case.images)
        else:
            images = np.zeros((0, self._senses.image.dimension), dtype=np.float32)
        candidates = []
        for position, (reflection, guideline) in enumerate(zip(taught, guidelines, strict=True)):
            verdict = judge_guideline(
                guideline, question=case.question, answer=case.answer or "", options=case.options, settings=self._gate
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
                    guideline_vector=vectors[position],
                    question_vector=vectors[-2],
                    concept_vector=vectors[-1],
                    image_vectors=images,
                )
            )
        return candidates
