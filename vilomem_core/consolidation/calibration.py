"""What a similarity means, for one embedder.

The same two wordings of a rule have cosine 0.5 with one embedder and 0.9 with another, so a threshold in cosines belongs to its
embedder. ``calibration_texts.json`` holds wordings of rules from many subjects, some of them look-alikes. Embedding them gives
the mean vector, which all texts share and which says nothing, and the mean similarity of wordings of one rule and of different
rules. Thresholds are then stated on a scale where 0 is unrelated and 1 is a typical pair of wordings of one rule.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import BinaryIO

import numpy as np

from vilomem_core.errors import SettingsError
from vilomem_core.protocols import TextEmbedder
from vilomem_core.types import F32

CONCEPT_WEIGHT = 0.5  # of the concept vector against the text vector; 0.4 to 0.7 cluster alike on three labelled corpora
BLOCK = 2048  # rows worked on at a time, so that they stay in the cache
SHIPPED = "calibration_minilm.npz"  # benchmarks/make_calibration.py writes it


@dataclass(frozen=True, slots=True)
class EmbedderCalibration:
    """``text_mean`` and ``concept_mean`` are f32[dim]; ``same_rule`` and ``unrelated`` are mean cosines of the fused vectors."""

    fingerprint: str
    text_mean: F32
    concept_mean: F32
    same_rule: float
    unrelated: float

    def fuse(self, texts: F32, concepts: F32) -> F32:
        """f32[n, dim] from the vectors of texts and of their subject and concepts, f32[n, dim] each; zero rows count as absent.

        Inner products of the result are similarities on the calibrated scale: about 0 unrelated, 1 two wordings of one rule.
        """
        fused = np.empty(texts.shape, np.float32)
        for start in range(0, len(texts), BLOCK):
            block = slice(start, start + BLOCK)
            text, concept = _centred(texts[block], self.text_mean), _centred(concepts[block], self.concept_mean)
            fused[block] = _unit(text + np.float32(CONCEPT_WEIGHT) * concept)
        fused *= np.float32(1.0 / np.sqrt(self.same_rule))
        return fused


def calibration_for(embedder: TextEmbedder) -> EmbedderCalibration:
    """The calibration of ``embedder``: the shipped one, or one made now from the calibration texts (some 290 short texts to embed).

    Raises ``SettingsError`` for an embedder that cannot tell wordings of one rule from unrelated texts.
    """
    shipped = _shipped()
    return shipped if shipped.fingerprint == embedder.fingerprint else calibrate(embedder)


def calibrate(embedder: TextEmbedder) -> EmbedderCalibration:
    """Measures ``embedder`` on the calibration texts."""
    rules, wordings, concepts = _calibration_texts()
    vectors = embedder.embed([*wordings, *concepts])
    texts, concept_vectors = vectors[: len(wordings)], vectors[len(wordings) :]
    raw = EmbedderCalibration(embedder.fingerprint, texts.mean(axis=0), concept_vectors.mean(axis=0), 1.0, 0.0)
    fused = raw.fuse(texts, concept_vectors)
    similarity = fused @ fused.T
    rule = np.asarray(rules)
    same = rule[:, None] == rule[None, :]
    upper = np.triu(np.ones_like(same), 1)
    same_rule, unrelated = float(similarity[same & upper].mean()), float(similarity[~same & upper].mean())
    if same_rule <= unrelated + 2 * float(similarity[~same & upper].std()) / np.sqrt(len(wordings)) or same_rule <= 0:
        raise SettingsError(f"The text embedder {embedder.fingerprint} does not place wordings of one rule near each other.")
    return EmbedderCalibration(embedder.fingerprint, raw.text_mean, raw.concept_mean, same_rule, unrelated)


def save_calibration(calibration: EmbedderCalibration, path: str) -> None:
    """Writes the numbers to an ``.npz`` file, which ``load_calibration`` reads."""
    np.savez(
        path,
        fingerprint=np.array(calibration.fingerprint),
        text_mean=calibration.text_mean,
        concept_mean=calibration.concept_mean,
        scale=np.array([calibration.same_rule, calibration.unrelated]),
    )


def load_calibration(source: BinaryIO) -> EmbedderCalibration:
    """Reads what ``save_calibration`` wrote."""
    with np.load(source) as stored:
        same_rule, unrelated = stored["scale"].tolist()
        return EmbedderCalibration(str(stored["fingerprint"]), stored["text_mean"], stored["concept_mean"], same_rule, unrelated)


@cache
def _shipped() -> EmbedderCalibration:
    return load_calibration(BytesIO((files(__package__) / SHIPPED).read_bytes()))


def calibration_wordings() -> Sequence[str]:
    """The wordings in general words: a background against which rare words stand out."""
    return _calibration_texts()[1]


@cache
def _calibration_texts() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Rule names, wordings, and the texts of subject and concepts, row by row."""
    rows = json.loads((files(__package__) / "calibration_texts.json").read_text(encoding="utf-8"))
    concepts = (f"{row['subject']}: {', '.join(row['concepts'])}" for row in rows)
    return tuple(row["rule"] for row in rows), tuple(row["wording"] for row in rows), tuple(concepts)


def _centred(vectors: F32, mean: F32) -> F32:
    """Unit vectors around ``mean``; zero rows (empty texts) stay zero."""
    centred = vectors - mean
    centred[~vectors.any(axis=1)] = 0
    return _unit(centred)


def _unit(vectors: F32) -> F32:
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    unit: F32 = (vectors / np.where(lengths > 0, lengths, np.float32(1))).astype(np.float32, copy=False)
    return unit
