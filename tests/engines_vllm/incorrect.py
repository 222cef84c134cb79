"""Attempts that went wrong, for the critics to look at, and what their replies must be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema

from vilomem_core.ids import case_key
from vilomem_core.types import Attempt, Case, Verdict, VerdictStatus

REPLY = "The bar on the left is the taller one, so it is the red group.\n\nFinal answer: \\boxed{A}"


def wrong_attempt(case: Case) -> Attempt:
    """An attempt at ``case`` that was found to be incorrect."""
    verdict = Verdict(VerdictStatus.INCORRECT, "rule", "A")
    key = case_key(case)
    return Attempt(f"att-{case.id}", key, case.id, "", REPLY, "", "recorded:someone", "stop", verdict, analysis_error="none made")


def assert_follows(text: str, schema: Mapping[str, Any] | None) -> None:
    """``text`` is JSON to the letter, and of the schema's form."""
    assert schema is not None
    jsonschema.validate(json.loads(text), dict(schema))
