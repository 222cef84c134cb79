"""The verdict on a reply: extract, compare by rules, and only then, where one is given, ask a judge model."""

from __future__ import annotations

from vilomem_core.types import Case, Verdict, VerdictStatus
from vilomem_core.verification.comparison import compare
from vilomem_core.verification.extraction import extract
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.settings import DEFAULTS, VerificationSettings


def verify(case: Case, reply: str, settings: VerificationSettings = DEFAULTS) -> Verdict:
    """The verdict of the rules alone. Never raises for a text; what they cannot tell is undetermined."""
    extraction = extract(case, reply, settings)
    return verdict_of(extraction, compare(case, extraction, settings))


def verdict_of(extraction: Extraction, comparison: Comparison) -> Verdict:
    """``method`` names the place where the answer was found and the rule that compared it: ``boxed/number``."""
    status = {True: VerdictStatus.CORRECT, False: VerdictStatus.INCORRECT, None: VerdictStatus.UNDETERMINED}[comparison.equal]
    return Verdict(status, f"{extraction.rule}/{comparison.method}", extraction.answer, comparison.reason)
