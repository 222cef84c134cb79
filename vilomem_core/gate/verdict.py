"""What the gate says of one guideline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """``category`` and ``reason`` are empty when the guideline is accepted.

    Categories: empty, too_long, prompt_injection, markup_code, non_english, answer_leak, case_specific, vague.
    """

    accepted: bool
    category: str = ""
    reason: str = ""
