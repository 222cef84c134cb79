"""Results of cases as they come out of the loop, for tests that only count them."""

from __future__ import annotations

from vilomem_core.ids import case_key
from vilomem_core.learning.plan import CaseWork
from vilomem_core.types import Attempt, Failure, Reflection, Stream, Usage, Verdict, VerdictStatus

NOTHING = Usage()


def attempt_of(work: CaseWork, status: VerdictStatus, attempt_id: str = "att_test") -> Attempt:
    """An attempt whose one reply cost 100 prompt tokens and 10 completion tokens."""
    return Attempt(
        id=attempt_id,
        case_key=case_key(work.case),
        case_id=work.case.id,
        snapshot_id="",
        reply="Final answer: \\boxed{1}",
        prompt_digest="",
        model="test",
        finish_reason="stop",
        verdict=Verdict(status, "test"),
        usage=Usage(1, 100, 10),
    )


def reflection_of(work: CaseWork, stream: Stream, usage: Usage = NOTHING, attempt_id: str = "att_test") -> Reflection:
    return Reflection(attempt_id, stream, True, "It read the wrong label.", "Read the labels first.", "test", usage)


def failure_of(
    work: CaseWork,
    stage: str,
    *,
    retryable: bool = True,
    number: int = 1,
    attempt_id: str = "att_test",
    usage: Usage = NOTHING,
    analysis_usage: Usage = NOTHING,
) -> Failure:
    return Failure(
        id=f"fail_{work.case.id}_{stage}_{number}",
        case_key=case_key(work.case),
        case_id=work.case.id,
        attempt_id=attempt_id,
        stage=stage,
        error="ModelUnavailable",
        message="the server answered 503",
        retryable=retryable,
        try_number=number,
        usage=usage,
        analysis_usage=analysis_usage,
        round=1,
    )
