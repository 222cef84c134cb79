"""Records that look like a run's, numbered so that tests can tell them apart."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from vilomem_core.ids import attempt_id, candidate_id, case_key, content_id
from vilomem_core.types import (
    F32,
    Analysis,
    AnswerType,
    Attempt,
    Candidate,
    Case,
    CaseOutcome,
    Failure,
    Image,
    Judgement,
    Memory,
    MemoryEvent,
    RecallHit,
    Reflection,
    RunRecord,
    Stream,
    Usage,
    Verdict,
    VerdictStatus,
)

TEXT_DIM = 8
IMAGE_DIM = 5
MODEL = "recorded:solver"


def vector(*seed: object, dim: int = TEXT_DIM) -> F32:
    """A unit vector that depends on the seed alone."""
    digest = hashlib.blake2b(repr(seed).encode(), digest_size=8).digest()
    values = np.random.default_rng(int.from_bytes(digest)).normal(size=dim).astype(np.float32)
    return values / np.linalg.norm(values)


def image(number: int) -> Image:
    data = f"picture {number}".encode() * 20
    return Image(hashlib.sha256(data).hexdigest(), "image/png", 10 + number % 7, 20, data)


def case(number: int) -> Case:
    """Cases 2n and 2n+1 show the same picture."""
    return Case(
        id=f"case-{number}",
        question=f"How many in picture {number}?",
        answer=str(number),
        answer_type=AnswerType.NUMBER,
        images=(image(number // 2),),
        tolerance=0.05 if number % 2 else None,
        subject="counting",
        tags=("sample",),
        source="samples.jsonl:1",
    )


def hit(memory_id: str, stream: Stream = Stream.LOGIC) -> RecallHit:
    return RecallHit(memory_id, stream, f"rule of {memory_id}", 0.5, (("rule", 0.4), ("lexical", 0.1)), "rule")


def attempt(
    number: int,
    status: VerdictStatus = VerdictStatus.INCORRECT,
    *,
    round_number: int = 0,
    arm: str = "learn",
    snapshot: str = "",
    hits: tuple[RecallHit, ...] = (),
) -> Attempt:
    key = case_key(case(number))
    return Attempt(
        id=attempt_id(key, snapshot, "settings", arm, round_number),
        case_key=key,
        case_id=f"case-{number}",
        snapshot_id=snapshot,
        reply=f"The answer is {number + 1}.",
        prompt_digest="digest",
        model=MODEL,
        finish_reason="stop",
        verdict=Verdict(status, "number", str(number + 1), "", Usage(1, 10, 2, 0.5)),
        hits=hits,
        analysis=Analysis("counting", ("bars", "axes")),
        usage=Usage(1, 100, 20, 1.5),
        analysis_usage=Usage(1, 50, 5, 0.25),
        arm=arm,
        round=round_number,
    )


def reflection(number: int, stream: Stream, **changes: object) -> Reflection:
    return Reflection(
        attempt_id=str(changes.get("attempt_id", attempt(number).id)),
        stream=stream,
        is_error=True,
        summary="miscounted",
        guideline=f"Count the bars of picture {number} twice.",
        model="recorded:critic",
        usage=Usage(1, 200, 30, 2.0),
    )


def candidate(number: int, stream: Stream = Stream.VISUAL, *, accepted: bool = True, tried: Attempt | None = None) -> Candidate:
    tried = tried or attempt(number)
    return Candidate(
        id=candidate_id(tried.id, stream),
        attempt_id=tried.id,
        case_key=tried.case_key,
        case_id=tried.case_id,
        stream=stream,
        guideline=f"Count the bars of picture {number} twice.",
        question=f"How many in picture {number}?",
        subject="counting",
        key_concepts=("bars", "axes"),
        image_sha256=(image(number // 2).sha256,),
        accepted=accepted,
        reject_category="" if accepted else "vague",
        reject_reason="" if accepted else "says nothing",
        guideline_vector=vector("guideline", number, stream),
        question_vector=vector("question", number),
        concept_vector=vector("concept", number),
        image_vectors=np.stack([vector("image", number, dim=IMAGE_DIM)]),
    )


def outcome(number: int, *, round_number: int = 0) -> CaseOutcome:
    """An incorrect attempt with both reflections; the visual candidate is accepted, every third logic one is not."""
    tried = attempt(number, round_number=round_number)
    return CaseOutcome(
        case_key=tried.case_key,
        attempt=tried,
        reflections=tuple(reflection(number, stream, attempt_id=tried.id) for stream in Stream),
        candidates=(
            candidate(number, Stream.VISUAL, tried=tried),
            candidate(number, Stream.LOGIC, accepted=bool(number % 3), tried=tried),
        ),
    )


def failure(number: int, *, try_number: int = 1) -> Failure:
    tried = attempt(number)
    return Failure(
        id=content_id("fail", tried.id, "solve", try_number),
        case_key=tried.case_key,
        case_id=tried.case_id,
        attempt_id=tried.id,
        stage="solve",
        error="ModelUnavailable",
        message="no server",
        retryable=True,
        try_number=try_number,
        usage=Usage(1, 10, 2, 0.5),
        analysis_usage=Usage(1, 20, 3, 0.25),
        round=1,
    )


def failed(number: int) -> CaseOutcome:
    return CaseOutcome(case_key(case(number)), None, failures=(failure(number),))


def memory(number: int, members: tuple[Candidate, ...], stream: Stream = Stream.VISUAL, **changes: object) -> Memory:
    made = Memory(
        id=f"mem_{number:03d}",
        stream=stream,
        rule=f"Rule {number}.",
        subject="counting",
        key_concepts=("bars",),
        member_ids=tuple(member.id for member in members),
        rule_origin="member",
        rule_vector=vector("rule", number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def judgement(left: Candidate, right: Candidate, *, same: bool = True) -> Judgement:
    first, second = sorted((left.id, right.id))
    return Judgement(left.stream, first, second, same, "simulated", "because")


def event(memory_id: str, kind: str = "created") -> MemoryEvent:
    return MemoryEvent(content_id("event", memory_id, kind), memory_id, Stream.VISUAL, kind, "new guidelines", "cons_1")


def run(number: int) -> RunRecord:
    return RunRecord(
        id=f"round_{number}",
        run_id="run_1",
        round=number,
        arm="learn",
        dataset="samples",
        settings_digest="settings",
        snapshot_id="",
        published_id="",
        status="complete",
        started_at=f"2026-01-0{number + 1}T00:00:00+00:00",
        ended_at="",
        cases=10,
        correct=3,
        incorrect=6,
        undetermined=1,
        failed=0,
        candidates=12,
        usage=Usage(20, 1000, 200, 30.0),
        open_critics=1,
    )
