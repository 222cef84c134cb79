"""What memories are found by: their distinct texts with their vectors, and the middle of all that is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vilomem_core.errors import StoreError
from vilomem_core.recall.bank import I64, U8, TextKind
from vilomem_core.recall.query import concept_text
from vilomem_core.types import F32, Analysis, Candidate, Memory

TEXTS_A_KIND = 16  # of a memory's members, questions and concept lists; more say nothing new and would make large memories slow
PART_MEMORIES = 1_024  # worked on at a time, which bounds the memory of building
REEMBED = "Make all vectors with one embedder: vilomem reembed."


@dataclass(frozen=True, slots=True, eq=False)
class Lineages:
    """n memories: e texts, sorted by memory and kind, and the middles with the lengths that the means had."""

    text_counts: I64  # [n]
    text_kind: U8  # [e]
    texts: tuple[str, ...]
    text_vectors: F32  # [e, dim]
    prototypes: F32  # [n, dim]
    cohesion: F32  # [n]


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """One kind of text of the members, which lie memory by memory; vectors of members without such a text are zero."""

    kind: TextKind
    texts: list[str]
    vectors: F32  # [members, dim]
    known: NDArray[np.bool_]  # [members]


def gather_lineages(memories: Sequence[Memory], members: Sequence[Sequence[Candidate]], dim: int) -> Lineages:
    """The lineages of memories whose ``members`` lie beside them. Raises ``StoreError`` for vectors that do not fit together."""
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


def distinct(keys: Sequence[str | bytes], vectors: F32) -> list[int]:
    """The places of different keys, in order; of more than ``TEXTS_A_KIND`` those whose vectors lie farthest from one another."""
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
    middles = _middles(rules, sources, sizes)
    lengths = np.linalg.norm(middles, axis=1)
    return Lineages(
        text_counts=np.array(counts, dtype=np.int64),
        text_kind=np.array(kinds, dtype=np.uint8),
        texts=tuple(texts),
        text_vectors=np.concatenate([rules, *(source.vectors for source in sources)])[places],
        prototypes=(middles / np.where(lengths > 0, lengths, 1.0)[:, None]).astype(np.float32),
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
    return [places[index] for index in distinct(keys, source.vectors[places] if len(places) > TEXTS_A_KIND else source.vectors)]


def _middles(rules: F32, sources: Sequence[_Source], sizes: I64) -> NDArray[np.float64]:
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
    middles: NDArray[np.float64] = total / parts[:, None]
    return middles
