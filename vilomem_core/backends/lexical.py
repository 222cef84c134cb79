"""Sentence vectors from words and letter groups alone: the fallback where no embedding weights are installed.

Words and letter groups are hashed into 384 dimensions with a sign (Weinberger et al. 2009, arXiv 0902.2206) and
weighted by the logarithm of their count. It finds shared wording and spelling variants, not meaning.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from vilomem_core.types import F32

DIMENSION = 384
GRAM_LENGTHS = (3, 4, 5)
GRAM_WEIGHT = 0.5  # of a letter group, against 1 for a word; on the labelled guidelines anything from 0.35 to 0.6 does as well
FULL_LENGTH = 5  # shorter words are mostly function words, in any language: their weight falls with the square of their length

WORD = re.compile(r"\w+")


class LexicalEmbedder:
    """``TextEmbedder`` of 384 dimensions without a model; the same text gives the same vector everywhere."""

    fingerprint = "lexical/1"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> F32:
        """f32[len(texts), 384], rows of unit length; a text without letters or digits gives a zero row."""
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for (feature, weight), count in Counter(_features(text)).items():
                code = zlib.crc32(feature.encode("utf-8", "replace"))
                sign = 1.0 if code & 1 else -1.0
                vector[(code >> 1) % DIMENSION] += sign * weight * (1.0 + math.log(count))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0, lengths, np.float32(1))
        return vectors


def _features(text: str) -> Iterator[tuple[str, float]]:
    """Each feature of the text as often as it occurs, with its weight."""
    for word in WORD.findall(text.casefold()):
        weight = min(len(word) / FULL_LENGTH, 1.0) ** 2
        yield word, weight
        framed = f"<{word}>"
        for length in GRAM_LENGTHS:
            for start in range(len(framed) - length + 1):
                yield framed[start : start + length], GRAM_WEIGHT * weight
