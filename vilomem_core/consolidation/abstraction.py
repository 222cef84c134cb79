"""One rule for many wordings: the most central member's own words, or a model's, checked against the members.

A rule is always written from the members' own texts, never from an earlier rule (DESIGN, decision 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vilomem_core.consolidation.words import content_stems
from vilomem_core.errors import ModelError, SettingsError
from vilomem_core.gate import GateSettings, judge_guideline
from vilomem_core.json_reply import parse_object
from vilomem_core.prompts import fence, fill, template
from vilomem_core.protocols import ChatModel, ChatRequest, Message, Sampling
from vilomem_core.types import F32, Role, Usage

MEMBERS_SHOWN = 12  # distinct wordings, the most central first: more say nothing new
SUPPORTED = 0.6  # least share of a rule's content words that some member uses too
RULE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"rule": {"type": "string", "maxLength": 500}},
    "required": ["rule"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """``origin`` is ``member`` or ``abstracted``; ``reason`` says why a model's rule was not taken."""

    text: str
    origin: str
    reason: str = ""
    usage: Usage = Usage()


def central_order(vectors: F32) -> list[int]:
    """The members' places, most central first: by the inner product with the mean of f32[n, dim]. Ties keep their order."""
    return [int(place) for place in np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")]


async def abstract_rule(memory_id: str, texts: Sequence[str], merger: ChatModel | None) -> Rule:
    """The rule of ``texts`` (distinct wordings, most central first).

    A model that fails, or whose rule does not pass the checks, leaves the most central member's words. Raises ``SettingsError``
    for a model that can never answer.
    """
    best = texts[0]
    if merger is None or len(texts) < 2:
        return Rule(best, "member")
    members = "\n".join(f"- {text}" for text in texts[:MEMBERS_SHOWN])
    messages = (
        Message("system", (template("system"),)),
        Message("user", (fill("abstract_rule", {"members": fence(members)}),)),
    )
    request = ChatRequest(Role.ABSTRACTER, memory_id, messages, Sampling(max_tokens=512, seed=0), RULE_SCHEMA)
    try:
        reply = await merger.complete(request)
        written = parse_object(reply.text).get("rule")
    except ModelError as exc:
        if isinstance(exc, SettingsError):
            raise
        return Rule(best, "member", f"no rule was written: {exc.message}")
    refusal = refuse(written, texts)
    if refusal:
        return Rule(best, "member", refusal, reply.usage)
    assert isinstance(written, str)
    return Rule(" ".join(written.split()), "abstracted", "", reply.usage)


def refuse(written: object, texts: Sequence[str]) -> str:
    """Why a model's rule is not taken; empty when it is. It must pass the gate and say nothing that no member says."""
    if not isinstance(written, str):
        return "the written rule is no text"
    verdict = judge_guideline(written, question="", answer="", options=(), settings=GateSettings())
    if not verdict.accepted:
        return f"the written rule does not pass the gate: {verdict.category}"
    stems = set(content_stems(written))
    known = {stem for text in texts for stem in content_stems(text)}
    share = len(stems & known) / max(len(stems), 1)
    return "" if share >= SUPPORTED else f"only {share:.0%} of the written rule's words are the members'"
