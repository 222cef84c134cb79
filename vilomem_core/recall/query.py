"""What is asked of recall: a question with its pictures and analysis, and the query that it becomes with their vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from vilomem_core.errors import DataError
from vilomem_core.ids import case_key, question_key
from vilomem_core.types import F32, Analysis, Case, Image

EmbedTexts: TypeAlias = Callable[[Sequence[str]], F32]  # TextEmbedder.embed
EmbedImages: TypeAlias = Callable[[Sequence[Image]], F32]  # ImageEmbedder.embed

QUERY_MIX = np.array([0.25, 0.25, 0.5], np.float32)  # question, question with analysis, analysis: names of concepts say most


@dataclass(frozen=True, slots=True)
class Question:
    """What memories are looked for.

    Memories whose lineage holds ``case_key`` or ``question_key`` (see ``vilomem_core.ids``) are not recalled; empty keys exclude
    nothing. ``name`` tells errors which of many questions it is.
    """

    text: str
    images: Sequence[Image] = ()
    analysis: Analysis | None = None
    case_key: str = ""
    question_key: str = ""
    name: str = ""

    @classmethod
    def of_case(cls, case: Case, analysis: Analysis | None = None) -> Question:
        """A case's question; what this very case has taught is not recalled (ARCHITECTURE.md, decision 6)."""
        key = question_key(case.question, [image.sha256 for image in case.images])
        return cls(case.question, case.images, analysis, case_key(case), key, f"case {case.id!r}")


@dataclass(frozen=True, slots=True, eq=False)
class RecallQuery:
    """One question as recall sees it, with its vectors; ``embed_queries`` makes them.

    ``text_vectors`` is f32[3, text_dim] for the texts of ``query_texts``, f32[1, text_dim] without an analysis; ``image_vectors``
    is f32[n_images, image_dim] with any n_images, also 0. The keys are those of ``Question``.
    """

    question: str
    analysis: Analysis | None
    text_vectors: F32
    image_vectors: F32
    case_key: str = ""
    question_key: str = ""


def embed_queries(questions: Sequence[Question], embed_texts: EmbedTexts, embed_images: EmbedImages | None) -> list[RecallQuery]:
    """The queries of many questions, whose texts are embedded in one call and whose images in another.

    Without ``embed_images`` the visual stream goes by text alone. Raises ``DataError`` for an empty question.
    """
    texts = [query_texts(question.text, question.analysis) for question in questions]
    text_vectors = _split(embed_texts([text for group in texts for text in group]), [len(group) for group in texts])
    image_vectors = [np.zeros((0, 0), np.float32)] * len(questions)
    if embed_images is not None:
        images = [image for question in questions for image in question.images]
        image_vectors = _split(embed_images(images), [len(question.images) for question in questions])
    return [
        RecallQuery(question.text, question.analysis, of_texts, of_images, question.case_key, question.question_key)
        for question, of_texts, of_images in zip(questions, text_vectors, image_vectors, strict=True)
    ]


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


def _split(vectors: F32, lengths: Sequence[int]) -> list[F32]:
    ends = np.cumsum(lengths)
    return [vectors[end - length : end] for end, length in zip(ends.tolist(), lengths, strict=True)]
