"""From memories and their candidates to a bank."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vilomem_core.errors import StoreError
from vilomem_core.ids import question_key
from vilomem_core.recall.bank import I32, STREAMS, U64, Fingerprints, MemoryBank, TextKind
from vilomem_core.recall.calibration import calibrate
from vilomem_core.recall.query import concept_text
from vilomem_core.recall.sketch import Sketch, build_sketch
from vilomem_core.recall.words import build_word_index
from vilomem_core.types import F32, Analysis, Candidate, Memory, MemoryState, Stream

TEXTS_A_KIND = 16  # of a memory's members, questions and concept lists; more say nothing new and would make large memories slow
SKETCH_ROWS = 10_000  # fewer vectors are searched whole: an exact product is about as fast there (measured)


@dataclass(frozen=True, slots=True, eq=False)
class _Lineage:
    """What a memory is found by: its distinct texts with their vectors, and the middle of all of them."""

    texts: list[tuple[TextKind, str, F32]]
    prototype: F32
    cohesion: float
    images: list[F32]
    keys: set[int]


def build_bank(
    memories: Sequence[Memory], candidates: Sequence[Candidate], snapshot_id: str, fingerprints: Fingerprints
) -> MemoryBank:
    """A bank of the active memories, visual ones first, each stream in id order.

    Raises ``StoreError`` for a member that is not among the candidates, and for vectors that are not numbers or whose lengths
    differ.
    """
    active = sorted((m for m in memories if m.state is MemoryState.ACTIVE), key=lambda m: (STREAMS.index(m.stream), m.id))
    by_id = {candidate.id: candidate for candidate in candidates}
    text_dim = _dimension([memory.rule_vector for memory in active], "rule")
    lineages = [_lineage(memory, [_member(by_id, memory, id_) for id_ in memory.member_ids], text_dim) for memory in active]
    text_owner = np.repeat(np.arange(len(active), dtype=np.int32), [len(lineage.texts) for lineage in lineages])
    flat_images = [vector for lineage in lineages for vector in lineage.images]
    images = _stacked(flat_images, _dimension(flat_images, "image"))
    text_vectors = _stacked([vector for lineage in lineages for _, _, vector in lineage.texts], text_dim)
    prototypes = _stacked([lineage.prototype for lineage in lineages], text_dim)
    source_keys, source_owner = _sources(lineages)
    texts = [text for lineage in lineages for _, text, _ in lineage.texts]
    documents = [_document(memory, lineage) for memory, lineage in zip(active, lineages, strict=True)]
    return MemoryBank(
        snapshot_id=snapshot_id,
        fingerprints=fingerprints,
        calibration=calibrate(fingerprints.text, *_calibration_pairs(lineages, text_dim)),
        memory_ids=tuple(memory.id for memory in active),
        streams=np.array([STREAMS.index(memory.stream) for memory in active], dtype=np.uint8),
        rules=tuple(memory.rule for memory in active),
        subjects=tuple(memory.subject for memory in active),
        key_concepts=tuple(memory.key_concepts for memory in active),
        prototypes=prototypes,
        cohesion=np.array([lineage.cohesion for lineage in lineages], dtype=np.float32),
        words=build_word_index(documents),
        text_owner=text_owner,
        text_kind=np.array([kind for lineage in lineages for kind, _, _ in lineage.texts], dtype=np.uint8),
        texts=tuple(texts),
        text_vectors=text_vectors,
        image_owner=np.repeat(np.arange(len(active), dtype=np.int32), [len(lineage.images) for lineage in lineages]),
        image_vectors=images,
        source_keys=source_keys,
        source_owner=source_owner,
        text_sketch=_sketched(prototypes),
        image_sketch=_sketched(images),
    )


def key_hash(key: str) -> int:
    """64 bits of a case key or question key: enough to compare by."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")


def _member(by_id: Mapping[str, Candidate], memory: Memory, candidate_id: str) -> Candidate:
    if candidate_id not in by_id:
        raise StoreError(
            f"memory {memory.id} names the candidate {candidate_id}, which is not there.",
            "Derive the memories from the log again: vilomem consolidate --rebuild.",
        )
    return by_id[candidate_id]


def _lineage(memory: Memory, members: Sequence[Candidate], text_dim: int) -> _Lineage:
    kinds = {
        TextKind.MEMBER: [(m.guideline, m.guideline_vector) for m in members],
        TextKind.QUESTION: [(m.question, m.question_vector) for m in members],
        TextKind.CONCEPTS: [(concept_text(Analysis(m.subject, m.key_concepts)), m.concept_vector) for m in members],
    }
    texts = [(TextKind.RULE, memory.rule, memory.rule_vector)]
    middles = [memory.rule_vector.astype(np.float64)]
    for kind, pairs in kinds.items():
        known = [(text, vector) for text, vector in pairs if text.strip() and np.any(vector)]
        other = {len(vector) for _, vector in known} - {text_dim}
        if other:
            raise StoreError(f"memory {memory.id} holds text vectors of {text_dim} and of {other.pop()} numbers.", _REEMBED)
        if known:
            middles.append(np.mean([vector for _, vector in known], axis=0, dtype=np.float64))
        different = _distinct([" ".join(text.split()).casefold() for text, _ in known], [vector for _, vector in known])
        texts += [(kind, *known[place]) for place in different]
    middle = np.mean(middles, axis=0)  # each kind of text counts once, however many there are
    length = float(np.linalg.norm(middle))
    images = [vector for m in members for vector in m.image_vectors] if memory.stream is Stream.VISUAL else []
    images = [images[place] for place in _distinct([vector.tobytes() for vector in images], images)]
    keys = {key_hash(key) for m in members for key in (m.case_key, question_key(m.question, m.image_sha256))}
    return _Lineage(texts, (middle / (length or 1.0)).astype(np.float32), length, images, keys)


def _distinct(keys: Sequence[str | bytes], vectors: Sequence[F32]) -> list[int]:
    """The places of different keys, in order; of more than ``TEXTS_A_KIND`` those whose vectors lie farthest from one another."""
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    unique = sorted(first.values())
    if len(unique) <= TEXTS_A_KIND:
        return unique
    matrix = np.stack([vectors[place] for place in unique])
    chosen = [0]
    nearest = matrix @ matrix[0]
    while len(chosen) < TEXTS_A_KIND:
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, matrix @ matrix[chosen[-1]])
    return [unique[index] for index in sorted(set(chosen))]


def _sources(lineages: Sequence[_Lineage]) -> tuple[U64, I32]:
    pairs = sorted((key, row) for row, lineage in enumerate(lineages) for key in lineage.keys)
    keys = np.array([key for key, _ in pairs], dtype=np.uint64)
    return keys, np.array([row for _, row in pairs], dtype=np.int32)


def _document(memory: Memory, lineage: _Lineage) -> str:
    """All words that a memory can be found by."""
    return "\t".join([concept_text(Analysis(memory.subject, memory.key_concepts)), *(text for _, text, _ in lineage.texts)])


def _calibration_pairs(lineages: Sequence[_Lineage], dim: int) -> tuple[F32, F32]:
    """The rule vector of each memory and the mean vector of its questions and concept lists."""
    rules = [lineage.texts[0][2] for lineage in lineages]
    sources = []
    for lineage in lineages:
        vectors = [vector for kind, _, vector in lineage.texts if kind in (TextKind.QUESTION, TextKind.CONCEPTS)]
        sources.append(np.mean(vectors, axis=0) if vectors else np.zeros(dim, np.float32))
    return _stacked(rules, dim), _stacked(sources, dim)


_REEMBED = "Make all vectors with one embedder: vilomem reembed."


def _dimension(vectors: Iterable[F32], what: str) -> int:
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        raise StoreError(f"there are {what} vectors of {' and of '.join(str(n) for n in sorted(lengths))} numbers.", _REEMBED)
    return lengths.pop() if lengths else 0


def _stacked(vectors: Sequence[F32], dim: int) -> F32:
    if not vectors:
        return np.zeros((0, dim), np.float32)
    matrix = np.stack(vectors).astype(np.float32)
    if not np.isfinite(matrix).all():
        raise StoreError("the memory holds vectors that are not numbers.", _REEMBED)
    return matrix


def _sketched(vectors: F32) -> Sketch | None:
    return build_sketch(vectors) if len(vectors) > SKETCH_ROWS else None
