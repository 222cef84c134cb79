"""What is asked of recall: one case's question, its analysis and their vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vilomem_core.errors import DataError
from vilomem_core.types import F32, Analysis

QUERY_MIX = np.array([0.25, 0.25, 0.5], np.float32)  # question, question with analysis, analysis: names of concepts say most


@dataclass(frozen=True, slots=True, eq=False)
class RecallQuery:
    """One case as recall sees it; embedding happens outside.

    ``text_vectors`` is f32[3, text_dim] for the texts of ``query_texts``, f32[1, text_dim] without an analysis; ``image_vectors``
    is f32[n_images, image_dim] with any n_images, also 0. Memories whose lineage holds ``case_key`` or ``question_key`` (see
    ``vilomem_core.ids``) are not recalled; empty keys exclude nothing.
    """

    question: str
    analysis: Analysis | None
    text_vectors: F32
    image_vectors: F32
    case_key: str = ""
    question_key: str = ""


def query_texts(question: str, analysis: Analysis | None) -> tuple[str, ...]:
    """The texts whose vectors a query carries: the question, the question with its analysis, and the analysis alone.

    Without an analysis (or with an empty one) it is the question alone. Raises ``DataError`` for an empty question.
    """
    if not question.strip():
        raise DataError("the question is empty: there is nothing to recall memories for.", "Give the question's text.")
    if not has_analysis(analysis):
        return (question,)
    assert analysis is not None
    concepts = ", ".join(analysis.key_concepts)
    return (question, f"{question} Subject: {analysis.subject}; Key Concepts: {concepts}", concept_text(analysis))


def concept_text(analysis: Analysis) -> str:
    """``subject: concept, concept``, as in a candidate's concept vector; empty for an empty analysis."""
    if not has_analysis(analysis):
        return ""
    return f"{analysis.subject}: {', '.join(analysis.key_concepts)}"


def has_analysis(analysis: Analysis | None) -> bool:
    """Whether there is an analysis that says anything."""
    return analysis is not None and bool(analysis.subject or analysis.key_concepts)


def query_vector(query: RecallQuery) -> F32:
    """f32[text_dim]: the mean of the query's text vectors, weighted; its products are mean cosines, so it has no unit length."""
    vector: F32 = QUERY_MIX @ query.text_vectors if len(query.text_vectors) == len(QUERY_MIX) else query.text_vectors[0]
    return vector
