"""Verification: is a reply's final answer the gold answer?

A cascade of rules, described in ``docs/verification.md``: what was thought is set apart from what was answered, the last committed
answer is extracted, and it is compared by the rules of its type. A judge model may help where rules cannot tell. What nobody can tell
is ``undetermined``; a failure of a tool is never a verdict about an answer.
"""

from vilomem_core.settings.method import PRESETS, VerificationSettings
from vilomem_core.verification.cascade import compare, extract, verify
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.votes import Majority, majority, verify_by_majority, verify_with_judge

__all__ = [
    "PRESETS",
    "Comparison",
    "Extraction",
    "Majority",
    "VerificationSettings",
    "compare",
    "extract",
    "majority",
    "verify",
    "verify_by_majority",
    "verify_with_judge",
]
