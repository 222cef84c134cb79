"""Small memories whose meaning is a direction: a text about ``k`` has a vector along axis k."""

from __future__ import annotations

import numpy as np

from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.query import RecallQuery, query_texts
from vilomem_core.types import F32, Analysis, Candidate, Memory, MemoryState, Stream

TEXT_DIM = 12
IMAGE_DIM = 6
NO_IMAGES = np.zeros((0, IMAGE_DIM), np.float32)


def along(*axes: int, dim: int = TEXT_DIM) -> F32:
    """A unit vector in the middle of some axes; a zero vector without any."""
    vector = np.zeros(dim, np.float32)
    vector[list(axes)] = 1.0
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length or 1.0)


def picture(*axes: int) -> F32:
    return along(*axes, dim=IMAGE_DIM)


def candidate(
    name: str,
    axes: tuple[int, ...],
    *,
    stream: Stream = Stream.LOGIC,
    guideline: str = "",
    question: str = "",
    question_axes: tuple[int, ...] | None = None,
    concepts: tuple[str, ...] = (),
    images: tuple[F32, ...] = (),
    case_key: str = "",
    image_sha256: tuple[str, ...] = (),
) -> Candidate:
    return Candidate(
        id=name,
        attempt_id="att",
        case_key=case_key or f"case_{name}",
        case_id=name,
        stream=stream,
        guideline=guideline,
        question=question,
        subject="Geometry" if concepts else "",
        key_concepts=concepts,
        image_sha256=image_sha256,
        accepted=True,
        reject_category="",
        reject_reason="",
        guideline_vector=along(*axes) if guideline else along(),
        question_vector=along(*(axes if question_axes is None else question_axes)) if question else along(),
        concept_vector=along(*axes) if concepts else along(),
        image_vectors=np.stack(images) if images else NO_IMAGES,
    )


def memory(
    name: str,
    axes: tuple[int, ...],
    *,
    rule: str = "",
    stream: Stream = Stream.LOGIC,
    members: tuple[Candidate, ...] = (),
    subject: str = "Geometry",
    state: MemoryState = MemoryState.ACTIVE,
) -> Memory:
    return Memory(
        id=name,
        stream=stream,
        rule=rule or f"Rule {name}.",
        subject=subject,
        key_concepts=(),
        member_ids=tuple(member.id for member in members),
        rule_origin="abstracted",
        rule_vector=along(*axes),
        state=state,
    )


def bank_of(*pairs: Memory | tuple[Memory, tuple[Candidate, ...]], text_embedder: str = "text-a") -> MemoryBank:
    """A bank of memories, each alone or with its members."""
    split = [pair if isinstance(pair, tuple) else (pair, ()) for pair in pairs]
    members = [member for _, group in split for member in group]
    return build_bank([one for one, _ in split], members, "snap_1", Fingerprints(text_embedder, "image-a"))


def visual(name: str, axes: tuple[int, ...], *images: F32) -> tuple[Memory, tuple[Candidate, ...]]:
    """A visual memory with example images."""
    member = candidate(f"c_{name}", axes, stream=Stream.VISUAL, guideline=f"Guideline {name}.", images=images)
    return memory(name, axes, stream=Stream.VISUAL, members=(member,)), (member,)


def ask(
    *axes: int,
    question: str = "What is asked?",
    analysis: Analysis | None = None,
    images: tuple[F32, ...] = (),
    case_key: str = "",
    question_key: str = "",
) -> RecallQuery:
    """A query about some axes."""
    return RecallQuery(
        question=question,
        analysis=analysis,
        text_vectors=np.stack([along(*axes)] * len(query_texts(question, analysis))),
        image_vectors=np.stack(images) if images else NO_IMAGES,
        case_key=case_key,
        question_key=question_key,
    )
