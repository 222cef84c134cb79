"""One rule for many wordings: the most central member's own words, or a model's, checked against the members.

A rule is always written from the members' own texts, never from an earlier rule (DESIGN, decision 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vilomem_core.consolidation.rule_check import drifted, objection
from vilomem_core.errors import ModelError, ReplyUnusable
from vilomem_core.json_reply import parse_object
from vilomem_core.prompts import fence, fill, template
from vilomem_core.protocols import ChatModel, ChatRequest, Message, Sampling, TextEmbedder
from vilomem_core.types import F32, Role, Usage

MEMBERS_SHOWN = 12  # distinct wordings, the most central first: more say nothing new
RULE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"rule": {"type": "string", "maxLength": 500}},
    "required": ["rule"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """``origin`` is ``member`` or ``abstracted``; ``reason`` says why a model's rule was not taken.

    ``vector`` is f32[dim], None for a member's own words, whose vector the log has.
    """

    text: str
    origin: str
    vector: F32 | None = None
    reason: str = ""
    usage: Usage = Usage()


def central_order(vectors: F32) -> list[int]:
    """The members' places, most central first: by the inner product with the mean of f32[n, dim]. Ties keep their order."""
    return [int(place) for place in np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")]


async def abstract_rule(
    memory_id: str, texts: Sequence[str], vectors: F32, merger: ChatModel | None, embedder: TextEmbedder
) -> Rule:
    """The rule of ``texts`` (distinct wordings, most central first) with unit vectors f32[n, dim].

    A model that fails, or whose rule does not pass the checks, leaves the most central member's words.
    """
    own = Rule(texts[0], "member")
    if merger is None or len(texts) < 2:
        return own
    try:
        reply = await merger.complete(rule_request(memory_id, texts))
    except (ModelError, TimeoutError) as exc:
        return replace(own, reason=f"no rule was written: {exc or 'the model timed out'}")
    try:
        written = parse_rule(reply.text)
    except ReplyUnusable as exc:
        return replace(own, reason=f"no rule was written: {exc.message}", usage=reply.usage)
    refusal = objection(written, texts)
    if refusal:
        return replace(own, reason=refusal, usage=reply.usage)
    vector = embedder.embed([written])[0]
    if drifted(vector, vectors):
        return replace(own, reason="the written rule is farther from its members than they are from each other", usage=reply.usage)
    return Rule(written, "abstracted", vector, usage=reply.usage)


def rule_request(memory_id: str, texts: Sequence[str]) -> ChatRequest:
    """Asks for one rule from the members' texts."""
    members = "\n".join(f"- {text}" for text in texts[:MEMBERS_SHOWN])
    task = fill("abstract_rule", {"members": fence(members)})
    messages = (Message("system", (template("system"),)), Message("user", (task,)))
    return ChatRequest(Role.ABSTRACTER, memory_id, messages, Sampling(max_tokens=512, seed=0), RULE_SCHEMA)


def parse_rule(text: str) -> str:
    """Reads ``{"rule": …}``. Raises ``ReplyUnusable`` without a text in it."""
    written = parse_object(text).get("rule")
    if not isinstance(written, str) or not written.strip():
        raise ReplyUnusable("the reply holds no rule")
    return " ".join(written.split())
