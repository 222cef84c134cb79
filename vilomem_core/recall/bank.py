"""The memories of one snapshot in columns: all that recall needs, and nothing else.

Cosines of different embedders mean different things: unrelated texts lie near 0.1 with all-MiniLM-L6-v2 and near 0.7 with others.
Recall weighs cosines against each other and against thresholds, so a bank's cosines are first mapped, by a straight line, onto the scale
of all-MiniLM-L6-v2: texts of different memories go where its unrelated texts are, texts of one memory where its related texts are. The
line is measured on the bank's own texts and kept with the bank; no labels are needed.

A bundle of unknown origin must not give wrong answers or read beyond its arrays: ``check_consistency`` tells whether the columns agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vilomem_core.recall.sketch import BITS, TURNS, Sketch, turn_shape
from vilomem_core.recall.words import PLACES, WordIndex
from vilomem_core.types import F32, Stream

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
U8: TypeAlias = NDArray[np.uint8]
U64: TypeAlias = NDArray[np.uint64]

STREAMS = (Stream.VISUAL, Stream.LOGIC)  # a stream's code is its place here; a bank's rows are in this order
TEXTS_A_KIND = 16  # of a memory's members, questions and concept lists, and its images; more say nothing new and cost time
BANK_ARRAYS = {  # the columns that are numbers, and their kinds
    "streams": "u1",
    "prototypes": "f4",
    "cohesion": "f4",
    "text_owner": "i4",
    "text_kind": "u1",
    "text_vectors": "f4",
    "image_owner": "i4",
    "image_vectors": "f4",
    "source_keys": "u8",
    "source_owner": "i4",
}
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
SAMPLED = 4096  # memories that are measured; more do not change the means


class TextKind(IntEnum):
    """What a text of a memory is; a memory's texts are in this order."""

    RULE = 0
    MEMBER = 1
    QUESTION = 2
    CONCEPTS = 3


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Which embedders made a bank's vectors."""

    text: str
    image: str


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


@dataclass(frozen=True, slots=True, eq=False)
class MemoryBank:
    """n memories, all visual ones first, each a row; their texts and images are columns of their own, sorted by row.

    Arrays may be mapped from files. All vectors are of unit length or zero.
    """

    snapshot_id: str
    fingerprints: Fingerprints
    calibration: CosineCalibration
    memory_ids: Sequence[str]
    streams: U8  # [n], codes as in STREAMS
    rules: Sequence[str]
    subjects: Sequence[str]
    key_concepts: Sequence[Sequence[str]]
    prototypes: F32  # [n, text_dim]: the centroid of all that is known of a memory
    cohesion: F32  # [n]: the length of the mean that each prototype is the direction of; 1 when all its texts are the same
    words: WordIndex  # of n documents
    text_owner: I32  # [e]: the row of each text's memory
    text_kind: U8  # [e]
    texts: Sequence[str]  # e of them; for readers, recall does not look at them
    text_vectors: F32  # [e, text_dim]
    image_owner: I32  # [m]: visual memories only
    image_vectors: F32  # [m, image_dim]
    source_keys: U64  # [s], sorted: hashes of case keys and question keys in the lineage
    source_owner: I32  # [s]
    text_sketch: Sketch | None  # of the prototypes; None in a small bank, which is searched completely
    image_sketch: Sketch | None  # of the image vectors

    def __len__(self) -> int:
        return len(self.streams)


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


def counts(bank: MemoryBank) -> dict[str, int]:
    """How much a bank holds."""
    return {
        "memories": len(bank),
        "texts": len(bank.text_owner),
        "images": len(bank.image_owner),
        "sources": len(bank.source_owner),
    }


def check_consistency(bank: MemoryBank, expected: Mapping[str, int]) -> None:
    """Raises ``ValueError`` where lengths, kinds of numbers or references of the columns do not agree."""
    if counts(bank) != dict(expected):
        raise ValueError(f"it holds {counts(bank)} instead of {dict(expected)}")
    for name, dtype in BANK_ARRAYS.items():
        if getattr(bank, name).dtype != np.dtype(dtype):
            raise ValueError(f"{name} holds {getattr(bank, name).dtype} instead of {np.dtype(dtype)}")
    rows = len(bank)
    for name in ("memory_ids", "rules", "subjects", "key_concepts", "prototypes", "cohesion"):
        _same(len(getattr(bank, name)), rows, name)
    for name in ("text_kind", "texts", "text_vectors"):
        _same(len(getattr(bank, name)), len(bank.text_owner), name)
    _same(len(bank.image_vectors), len(bank.image_owner), "image_vectors")
    _same(len(bank.source_keys), len(bank.source_owner), "source_keys")
    _same(bank.text_vectors.shape[1], bank.prototypes.shape[1], "the width of text_vectors")
    for name in ("text_owner", "image_owner", "source_owner"):
        _within(getattr(bank, name), rows, name)
    _within(bank.streams, len(STREAMS), "streams")
    _within(bank.text_kind, len(TextKind), "text_kind")
    for name in ("streams", "text_owner", "image_owner", "source_keys"):
        _sorted(getattr(bank, name), name)
    if len(np.unique(bank.text_owner[np.asarray(bank.text_kind) == TextKind.RULE])) != rows:
        raise ValueError("some memory has no rule among its texts")
    _check_words(bank, rows)
    _check_sketch(bank.text_sketch, bank.prototypes, "text")
    _check_sketch(bank.image_sketch, bank.image_vectors, "image")


def _check_words(bank: MemoryBank, rows: int) -> None:
    _same(len(bank.words.offsets), rows + 1, "the index of words")
    _same(len(bank.words.rarity), PLACES, "the rarity of words")
    _same(len(bank.words.weights), len(bank.words.places), "the weights of words")
    _sorted(bank.words.offsets, "the index of words")
    if bank.words.offsets[0] != 0 or bank.words.offsets[-1] != len(bank.words.places):
        raise ValueError("the index of words does not cover its entries")


def _check_sketch(sketch: Sketch | None, vectors: F32, what: str) -> None:
    if sketch is not None:
        _same(sketch.bits.shape[1], len(vectors), f"the {what} sketch")
        _same(len(sketch.mean), vectors.shape[1], f"the width of the {what} sketch")
        shapes = sketch.flips.shape == (TURNS, *turn_shape(vectors.shape[1])) and 64 * len(sketch.bits) == BITS
        numbers = (sketch.mean.dtype, sketch.flips.dtype, sketch.bits.dtype) == (np.dtype("f4"), np.dtype("f4"), np.dtype("u8"))
        if not (shapes and numbers and np.all(np.abs(sketch.flips) == 1) and np.all(np.isfinite(sketch.mean))):
            raise ValueError(f"the {what} sketch was made in another way")


def _same(found: int, wanted: int, what: str) -> None:
    if found != wanted:
        raise ValueError(f"{what} has length {found} instead of {wanted}")


def _within(values: NDArray[np.integer], limit: int, what: str) -> None:
    if len(values) and (int(values.min()) < 0 or int(values.max()) >= limit):
        raise ValueError(f"{what} points outside of the bank")


def _sorted(values: NDArray[np.integer], what: str) -> None:
    if len(values) and not bool(np.all(values[1:] >= values[:-1])):
        raise ValueError(f"{what} is out of order")
