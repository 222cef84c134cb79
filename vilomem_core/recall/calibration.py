"""One scale of similarity for every embedder.

Cosines of different embedders mean different things: unrelated texts lie near 0.1 with all-MiniLM-L6-v2 and near 0.7 with others.
Recall weighs cosines against each other and against thresholds, so cosines are first mapped, by a straight line, onto the scale of
all-MiniLM-L6-v2: texts of different memories go where its unrelated texts are, texts of one memory where its related texts are.
The line is measured on the bank's own texts; no labels are needed. It is stored with the bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vilomem_core.types import F32, Stream

# Mean cosine of a rule with the source questions and concept lists of its own memory, and of others; 40 labelled families
RELATED = 0.423
UNRELATED = 0.089
# Evidence at which nine in ten labelled questions find their rule, and fewer than one in ten distractors any (docs/recall.md)
VISUAL_THRESHOLD = 0.3225
LOGIC_THRESHOLD = 0.285
REFERENCE_EMBEDDERS = ("all-MiniLM-L6-v2/1",)
LEAST_MEMORIES = 20  # below, the two means are too noisy: with 20 they are within about 0.02 (labelled families, resampled)
LEAST_GAP = 0.02  # an embedder that tells related from unrelated texts by less cannot be put on a scale
LEAST_LENGTH = 0.2  # of a mean on the common scale; of texts of one memory it is 0.6 to 1
SAMPLED = 4096  # memories looked at; more do not change the means


@dataclass(frozen=True, slots=True)
class CosineCalibration:
    """``offset + scale * cosine`` is a cosine on the common scale. ``source`` says where the line comes from.

    ``shipped``: the embedder the scale was made with; ``measured``: on the bank's texts; ``assumed``: the bank was too small to
    measure, cosines are taken as they are.
    """

    scale: float = 1.0
    offset: float = 0.0
    source: Literal["shipped", "measured", "assumed"] = "assumed"

    def apply(self, cosines: F32) -> F32:
        """Cosines of an embedder on the common scale."""
        return cosines * np.float32(self.scale) + np.float32(self.offset)

    def apply_to_centroids(self, cosines: F32, cohesion: F32) -> F32:
        """Cosines to the centroids of several vectors on the common scale; ``cohesion`` is the length that each mean had.

        On a scale where unrelated vectors are farther apart a mean is shorter, and its direction says more: mapping the cosine to
        the mean alone would lose that.
        """
        lengths = np.sqrt(np.maximum(self.apply(cohesion**2), np.float32(LEAST_LENGTH) ** 2))
        return (self.apply(cosines * cohesion) / lengths).astype(np.float32)

    def threshold(self, stream: Stream) -> float:
        """Least evidence for recall from a stream, on the common scale."""
        return VISUAL_THRESHOLD if stream is Stream.VISUAL else LOGIC_THRESHOLD

    def duplicate_cosine(self, distance: float) -> float:
        """The raw cosine of two rules that are closer than this share of the distance between unrelated ones."""
        unrelated = (UNRELATED - self.offset) / self.scale
        return 1.0 - distance * (1.0 - unrelated)


def calibrate(fingerprint: str, rules: F32, sources: F32) -> CosineCalibration:
    """The line for an embedder from f32[n, dim] rule vectors and, row by row, the mean of each memory's source vectors.

    ``n`` is at most about ``SAMPLED``; rows are not zero.
    """
    if fingerprint in REFERENCE_EMBEDDERS:
        return CosineCalibration(source="shipped")
    if len(rules) < LEAST_MEMORIES:
        return CosineCalibration()
    related = float(np.einsum("ij,ij->i", rules, sources).mean())
    total = float(rules.sum(axis=0, dtype=np.float64) @ sources.sum(axis=0, dtype=np.float64))
    unrelated = (total - related * len(rules)) / (len(rules) * (len(rules) - 1))
    if related - unrelated < LEAST_GAP:
        return CosineCalibration()
    scale = (RELATED - UNRELATED) / (related - unrelated)
    return CosineCalibration(scale, UNRELATED - scale * unrelated, "measured")
