"""The log of accepted candidates as columns, and its distinct wordings.

A guideline that was written a thousand times is one wording to cluster, with a support of a thousand.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from vilomem_core.consolidation.calibration import EmbedderCalibration, calibration_wordings
from vilomem_core.errors import DataError, StoreError
from vilomem_core.types import F32, Candidate, Stream
from vilomem_core.words import content_stems

SKETCH_SIZE = 256  # places that stems are hashed to: pairs come out within 0.06, a cluster's mean much closer
LEXICAL_WEIGHT = 0.5  # of shared rare words against the calibrated vectors; 0.25 to 0.7 cluster alike
SAMPLE = 4096  # wordings that word frequencies are taken from


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


@dataclass(frozen=True, slots=True)
class Wordings:
    """The distinct guidelines of one stream, sorted by text, so that nothing depends on the order of arrival.

    ``rows[i]`` are the log rows of wording i; ``fused`` is f32[n, dim] on the calibrated scale.
    """

    texts: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    subjects: tuple[str, ...]
    concepts: tuple[tuple[str, ...], ...]
    fused: F32


def distinct_wordings(log: GuidelineLog, stream: Stream, calibration: EmbedderCalibration) -> Wordings:
    """Groups the rows of ``stream`` by their text, without regard to case and spacing; vectors of equal texts are averaged."""
    groups: dict[str, list[int]] = {}
    for row, (kind, guideline) in enumerate(zip(log.streams, log.guidelines, strict=True)):
        if kind is stream:
            groups.setdefault(" ".join(guideline.split()).casefold(), []).append(row)
    texts = sorted(groups)
    rows = tuple(tuple(groups[text]) for text in texts)
    flat = np.fromiter((row for group in rows for row in group), np.int64)
    fused = calibration.fuse(log.guideline_vectors[flat], log.concept_vectors[flat])
    if len(flat) > len(rows):
        fused = _averaged(fused, np.fromiter((len(group) for group in rows), np.int64), calibration.same_rule)
    return Wordings(
        texts=tuple(log.guidelines[group[0]] for group in rows),
        rows=rows,
        subjects=tuple(log.subjects[group[0]] for group in rows),
        concepts=tuple(log.key_concepts[group[0]] for group in rows),
        fused=fused,
    )


def signatures(wordings: Wordings, chosen: Sequence[int]) -> F32:
    """f32[len(chosen), dim + SKETCH_SIZE]: inner products are calibrated similarity plus weighted similarity of rare words."""
    rarity = _rarity(wordings)
    sketches = np.zeros((len(chosen), SKETCH_SIZE), np.float32)
    for sketch, index in zip(sketches, chosen, strict=True):
        for word, count in Counter(_stems(wordings, index)).items():
            code = zlib.crc32(word.encode())
            sketch[(code >> 1) % SKETCH_SIZE] += (1.0 if code & 1 else -1.0) * (1.0 + np.log(count)) * rarity.get(word, rarity[""])
    lengths = np.linalg.norm(sketches, axis=1, keepdims=True)
    sketches *= np.sqrt(LEXICAL_WEIGHT) / np.where(lengths > 0, lengths, 1)
    return np.hstack([wordings.fused[np.asarray(chosen, np.int64)], sketches])


def _averaged(vectors: F32, counts: np.ndarray[tuple[int], np.dtype[np.int64]], same_rule: float) -> F32:
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sums = np.add.reduceat(vectors, starts, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    averaged: F32 = (sums / np.where(lengths > 0, lengths * np.sqrt(same_rule), 1)).astype(np.float32)
    return averaged


def _rarity(wordings: Wordings) -> dict[str, float]:
    """Logarithm of how rare a stem is in the log and the calibration texts together; the key "" is for unseen stems."""
    sample = sorted(range(len(wordings.texts)), key=lambda index: zlib.crc32(wordings.texts[index].encode("utf-8", "replace")))[
        :SAMPLE
    ]
    documents = [*(_stems(wordings, index) for index in sample), *_background()]
    frequency = Counter(word for document in documents for word in set(document))
    total = len(documents) + 1
    return {word: float(np.log(total / (count + 0.5))) for word, count in frequency.items()} | {"": float(np.log(total / 0.5))}


@cache
def _background() -> tuple[list[str], ...]:
    """The stems of each calibration text."""
    return tuple(content_stems(text) for text in calibration_wordings())


def _stems(wordings: Wordings, index: int) -> list[str]:
    return content_stems(" ".join((wordings.subjects[index], *wordings.concepts[index], wordings.texts[index])))
