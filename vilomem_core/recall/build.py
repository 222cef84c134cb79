"""From memories and their candidates to a bank: their distinct texts and images, and the centroid of all that is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vilomem_core.errors import StoreError
from vilomem_core.ids import key_hash, question_key
from vilomem_core.recall.bank import (
    I32,
    I64,
    SAMPLED,
    STREAMS,
    TEXTS_A_KIND,
    U8,
    U64,
    CosineCalibration,
    Fingerprints,
    MemoryBank,
    TextKind,
    calibrate,
)
from vilomem_core.recall.query import concept_text
from vilomem_core.recall.sketch import Sketch, build_sketch
from vilomem_core.recall.words import build_word_index
from vilomem_core.types import F32, Analysis, Candidate, Memory, MemoryState, Stream

SKETCH_ROWS = 2_000  # fewer vectors are searched completely
PART_MEMORIES = 1_024  # worked on at a time, which bounds the memory of building
REEMBED = "Make all vectors with one embedder: vilomem reembed."


def build_bank(
    memories: Sequence[Memory], candidates: Sequence[Candidate], snapshot_id: str, fingerprints: Fingerprints
) -> MemoryBank:
    """A bank of the active memories, visual ones first, each stream in id order.

    Raises ``StoreError`` for a member that is not among the candidates, and for vectors that are not numbers or whose lengths
    differ.
    """
    active = sorted((m for m in memories if m.state is MemoryState.ACTIVE), key=lambda m: (STREAMS.index(m.stream), m.id))
    by_id = {candidate.id: candidate for candidate in candidates}
    members = [[_member(by_id, memory, id_) for id_ in memory.member_ids] for memory in active]
    lineages = gather_lineages(active, members, _dimension([memory.rule_vector for memory in active], "rule"))
    pictures = [_pictures(memory, group) for memory, group in zip(active, members, strict=True)]
    image_vectors = _flat_pictures(pictures)
    source_keys, source_owner = _sources(members)
    rows = np.arange(len(active), dtype=np.int32)
    return MemoryBank(
        snapshot_id=snapshot_id,
        fingerprints=fingerprints,
        calibration=_calibrated(fingerprints.text, lineages),
        memory_ids=tuple(memory.id for memory in active),
        streams=np.array([STREAMS.index(memory.stream) for memory in active], dtype=np.uint8),
        rules=tuple(memory.rule for memory in active),
        subjects=tuple(memory.subject for memory in active),
        key_concepts=tuple(memory.key_concepts for memory in active),
        prototypes=lineages.prototypes,
        cohesion=lineages.cohesion,
        words=build_word_index(_documents(active, lineages)),
        text_owner=np.repeat(rows, lineages.text_counts),
        text_kind=lineages.text_kind,
        texts=lineages.texts,
        text_vectors=lineages.text_vectors,
        image_owner=np.repeat(rows, [len(images) for images in pictures]),
        image_vectors=image_vectors,
        source_keys=source_keys,
        source_owner=source_owner,
        text_sketch=_sketched(lineages.prototypes),
        image_sketch=_sketched(image_vectors),
    )


def _member(by_id: Mapping[str, Candidate], memory: Memory, candidate_id: str) -> Candidate:
    if candidate_id not in by_id:
        raise StoreError(
            f"memory {memory.id} names the candidate {candidate_id}, which is not there.",
            "Derive the memories from the log again: vilomem consolidate --rebuild.",
        )
    return by_id[candidate_id]


def _pictures(memory: Memory, members: Sequence[Candidate]) -> list[F32]:
    """The different example images of a visual memory."""
    images = [vector for member in members for vector in member.image_vectors] if memory.stream is Stream.VISUAL else []
    if len({len(vector) for vector in images}) != 1:
        return images
    return [images[place] for place in different_places([vector.tobytes() for vector in images], np.stack(images))]


def _flat_pictures(pictures: Sequence[Sequence[F32]]) -> F32:
    flat = [vector for images in pictures for vector in images]
    return stacked(flat, _dimension(flat, "image"))


def _sources(members: Sequence[Sequence[Candidate]]) -> tuple[U64, I32]:
    """Sorted hashes of the case keys and question keys that each memory comes from, and the memories' rows."""
    keys = [{key_hash(key) for m in group for key in (m.case_key, question_key(m.question, m.image_sha256))} for group in members]
    pairs = sorted((key, row) for row, group in enumerate(keys) for key in group)
    return np.array([key for key, _ in pairs], dtype=np.uint64), np.array([row for _, row in pairs], dtype=np.int32)


def _documents(memories: Sequence[Memory], lineages: Lineages) -> list[str]:
    """All words that each memory can be found by."""
    bounds = pairwise([0, *np.cumsum(lineages.text_counts).tolist()])
    return [
        "\t".join([concept_text(Analysis(memory.subject, memory.key_concepts)), *lineages.texts[start:end]])
        for memory, (start, end) in zip(memories, bounds, strict=True)
    ]


def _calibrated(fingerprint: str, lineages: Lineages) -> CosineCalibration:
    """Measured on the rule vectors of memories that have sources, and the means of their questions and concept lists."""
    ends = np.cumsum(lineages.text_counts)
    starts = ends - lineages.text_counts  # a memory's first text is its rule
    is_source = lineages.text_kind >= TextKind.QUESTION
    sources_before = np.concatenate([[0], np.cumsum(is_source)])
    whole = np.flatnonzero((sources_before[ends] > sources_before[starts]) & np.any(lineages.text_vectors[starts], axis=1))
    chosen = whole[np.linspace(0, len(whole) - 1, min(len(whole), SAMPLED)).astype(np.int64)]
    means = [
        lineages.text_vectors[start:end][is_source[start:end]].mean(axis=0)
        for start, end in zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True)
    ]
    dim = lineages.text_vectors.shape[1]
    return calibrate(fingerprint, lineages.text_vectors[starts[chosen]], stacked(means, dim))


def _dimension(vectors: Iterable[F32], what: str) -> int:
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        raise StoreError(f"there are {what} vectors of {' and of '.join(str(n) for n in sorted(lengths))} numbers.", REEMBED)
    return lengths.pop() if lengths else 0


def _sketched(vectors: F32) -> Sketch | None:
    return build_sketch(vectors) if len(vectors) > SKETCH_ROWS else None


@dataclass(frozen=True, slots=True, eq=False)
class Lineages:
    """n memories: e texts, sorted by memory and kind, and the centroids with the lengths that the means had."""

    text_counts: I64  # [n]
    text_kind: U8  # [e]
    texts: tuple[str, ...]
    text_vectors: F32  # [e, dim]
    prototypes: F32  # [n, dim]
    cohesion: F32  # [n]


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """One kind of text of the members, memory by memory; vectors of members without such a text are zero."""

    kind: TextKind
    texts: list[str]
    vectors: F32  # [members, dim]
    known: NDArray[np.bool_]  # [members]


def gather_lineages(memories: Sequence[Memory], members: Sequence[Sequence[Candidate]], dim: int) -> Lineages:
    """The lineages of memories and, row by row, their ``members``. Raises ``StoreError`` for vectors of different lengths."""
    starts = range(0, len(memories), PART_MEMORIES)
    parts = [_gather(memories[at : at + PART_MEMORIES], members[at : at + PART_MEMORIES], dim) for at in starts]
    return Lineages(
        text_counts=np.concatenate([np.zeros(0, np.int64), *(part.text_counts for part in parts)]),
        text_kind=np.concatenate([np.zeros(0, np.uint8), *(part.text_kind for part in parts)]),
        texts=tuple(text for part in parts for text in part.texts),
        text_vectors=np.concatenate([np.zeros((0, dim), np.float32), *(part.text_vectors for part in parts)]),
        prototypes=np.concatenate([np.zeros((0, dim), np.float32), *(part.prototypes for part in parts)]),
        cohesion=np.concatenate([np.zeros(0, np.float32), *(part.cohesion for part in parts)]),
    )


def stacked(vectors: Sequence[F32], dim: int) -> F32:
    """f32[len(vectors), dim]. Raises ``StoreError`` for values that are not numbers."""
    if not vectors:
        return np.zeros((0, dim), np.float32)
    matrix = np.stack(vectors).astype(np.float32, copy=False)
    if not np.isfinite(matrix).all():
        raise StoreError("the memory holds vectors that are not numbers.", REEMBED)
    return matrix


def different_places(keys: Sequence[str | bytes], vectors: F32) -> list[int]:
    """The places of different keys, in order; of more than ``TEXTS_A_KIND`` those whose vectors are farthest from one another."""
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    unique = sorted(first.values())
    if len(unique) <= TEXTS_A_KIND:
        return unique
    matrix = vectors[unique]
    chosen = [0]
    nearest = matrix @ matrix[0]
    while len(chosen) < TEXTS_A_KIND:
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, matrix @ matrix[chosen[-1]])
    return [unique[index] for index in sorted(set(chosen))]


def _gather(memories: Sequence[Memory], members: Sequence[Sequence[Candidate]], dim: int) -> Lineages:
    rules = stacked([memory.rule_vector for memory in memories], dim)
    flat = [candidate for group in members for candidate in group]
    sources = (
        _source(TextKind.MEMBER, [c.guideline for c in flat], [c.guideline_vector for c in flat], dim),
        _source(TextKind.QUESTION, [c.question for c in flat], [c.question_vector for c in flat], dim),
        _source(TextKind.CONCEPTS, [_concepts(c) for c in flat], [c.concept_vector for c in flat], dim),
    )
    sizes = np.array([len(group) for group in members], dtype=np.int64)
    kinds: list[int] = []
    counts, texts, places = [], [], []
    for row, (start, end) in enumerate(pairwise([0, *np.cumsum(sizes).tolist()])):
        before = len(kinds)
        kinds.append(int(TextKind.RULE))
        texts.append(memories[row].rule)
        places.append(row)
        for number, source in enumerate(sources):
            different = _different(source, start, end)
            kinds += [int(source.kind)] * len(different)
            texts += [source.texts[place] for place in different]
            places += [len(rules) + number * len(flat) + place for place in different]
        counts.append(len(kinds) - before)
    centroids = _centroids(rules, sources, sizes)
    lengths = np.linalg.norm(centroids, axis=1)
    return Lineages(
        text_counts=np.array(counts, dtype=np.int64),
        text_kind=np.array(kinds, dtype=np.uint8),
        texts=tuple(texts),
        text_vectors=np.concatenate([rules, *(source.vectors for source in sources)])[places],
        prototypes=(centroids / np.where(lengths > 0, lengths, 1.0)[:, None]).astype(np.float32),
        cohesion=lengths.astype(np.float32),
    )


def _concepts(candidate: Candidate) -> str:
    return concept_text(Analysis(candidate.subject, candidate.key_concepts))


def _source(kind: TextKind, texts: list[str], vectors: Sequence[F32], dim: int) -> _Source:
    if any(len(vector) != dim for vector in vectors):
        nothing = np.zeros(dim, np.float32)
        kept = [vector if text.strip() and vector.any() else nothing for text, vector in zip(texts, vectors, strict=True)]
        other = {len(vector) for vector in kept} - {dim}
        if other:
            raise StoreError(f"the memory holds text vectors of {dim} and of {other.pop()} numbers.", REEMBED)
        vectors = kept
    matrix = stacked(vectors, dim)
    known = matrix.any(axis=1) & np.array([bool(text.strip()) for text in texts], dtype=np.bool_)
    return _Source(kind, texts, np.where(known[:, None], matrix, np.float32(0)), known)


def _different(source: _Source, start: int, end: int) -> list[int]:
    """The places of one memory's distinct texts of a kind."""
    places = [place for place in range(start, end) if source.known[place]]
    if len(places) <= 1:
        return places
    keys = [" ".join(source.texts[place].split()).casefold() for place in places]
    vectors = source.vectors[places] if len(places) > TEXTS_A_KIND else source.vectors
    return [places[index] for index in different_places(keys, vectors)]


def _centroids(rules: F32, sources: Sequence[_Source], sizes: I64) -> NDArray[np.float64]:
    """f64[memories, dim]: the mean of the rule and of each kind's own mean, so that a kind counts once, however many texts it has."""
    total, parts = rules.astype(np.float64), np.ones(len(rules))
    filled = np.flatnonzero(sizes)
    if len(filled):
        starts = (np.cumsum(sizes) - sizes)[filled]
        for source in sources:
            counts = np.add.reduceat(source.known, starts, dtype=np.int64)
            sums = np.add.reduceat(source.vectors, starts, axis=0, dtype=np.float64)
            has = counts > 0
            total[filled[has]] += sums[has] / counts[has, None]
            parts[filled[has]] += 1
    centroids: NDArray[np.float64] = total / parts[:, None]
    return centroids
