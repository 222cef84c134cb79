"""From memories and their candidates to a bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from vilomem_core.errors import StoreError
from vilomem_core.ids import key_hash, question_key
from vilomem_core.recall.bank import I32, STREAMS, U64, Fingerprints, MemoryBank, TextKind
from vilomem_core.recall.calibration import SAMPLED, Calibration, calibrate
from vilomem_core.recall.lineage import REEMBED, Lineages, distinct, gather_lineages, stacked
from vilomem_core.recall.query import concept_text
from vilomem_core.recall.sketch import Sketch, build_sketch
from vilomem_core.recall.words import build_word_index
from vilomem_core.types import F32, Analysis, Candidate, Memory, MemoryState, Stream

SKETCH_ROWS = 2_000  # fewer vectors are searched whole


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
        calibration=_calibration(fingerprints.text, lineages),
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
    return [images[place] for place in distinct([vector.tobytes() for vector in images], np.stack(images))]


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


def _calibration(fingerprint: str, lineages: Lineages) -> Calibration:
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
