"""The vectors of one case, and the candidates that its reflections become: the gate decides which are accepted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vilomem_core.gate.check import check_guideline
from vilomem_core.ids import candidate_id
from vilomem_core.learning.plan import Embedders
from vilomem_core.recall.query import Question, RecallQuery, concept_text, embed_queries
from vilomem_core.settings.method import GateSettings
from vilomem_core.types import F32, Analysis, Attempt, Candidate, Case, Reflection


class CaseVectors:
    """Embeds the texts and images of one case, each once: recall and the candidates need the same vectors. For one thread at a time."""

    def __init__(self, case: Case, embedders: Embedders) -> None:
        self._case = case
        self._embedders = embedders
        self._texts: dict[str, F32] = {}
        self._images: F32 | None = None

    def texts(self, texts: Sequence[str]) -> F32:
        """f32[len(texts), text_dim]; those that are new are embedded together."""
        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if new:
            self._texts.update(zip(new, self._embedders.text.embed(new), strict=True))
        return np.stack([self._texts[text] for text in texts])

    @property
    def has_images(self) -> bool:
        """Whether ``images`` gives what is there already."""
        return self._images is not None

    def images(self) -> F32:
        """f32[n_images, image_dim] of the case's images."""
        if self._images is None:
            if self._case.images:
                self._images = self._embedders.image.embed(self._case.images)
            else:
                self._images = np.zeros((0, self._embedders.image.dimension), dtype=np.float32)
        return self._images

    def query(self, analysis: Analysis | None) -> RecallQuery:
        """What recall is asked about the case. Raises ``DataError`` for an empty question."""
        (query,) = embed_queries([Question.of_case(self._case, analysis)], self.texts, lambda _: self.images())
        return query


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
