"""One rule for many wordings: the most central member's own words, or a model's, checked against the members.

A rule is always written from the members' own texts, never from an earlier rule (ARCHITECTURE.md, decision 1). The checks of a
written rule need no model. They cannot prove that it follows from its members; they catch what goes wrong when models merge advice:
invented content, a lost condition, a rule turned into its opposite, an example's number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vilomem_core.consolidation.opposites import CLEAR, contrasts, poles
from vilomem_core.errors import ModelError, ReplyUnusable
from vilomem_core.gate.check import check_guideline
from vilomem_core.json_reply import parse_object
from vilomem_core.prompts import fence, fill, template
from vilomem_core.protocols import ChatModel, ChatRequest, Message, Sampling, TextEmbedder
from vilomem_core.settings.method import GateSettings
from vilomem_core.types import F32, Role, Usage
from vilomem_core.words import content_stems, tokens

MEMBERS_SHOWN = 12  # distinct wordings, the most central first: more say nothing new
RULE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"rule": {"type": "string", "maxLength": 500}},
    "required": ["rule"],
    "additionalProperties": False,
}

MAX_RULE_WORDS = 70  # one or two sentences; the longest rule of the labelled ones has 45
SUPPORTED = 0.6  # least share of a rule's content words that some member uses too
CORE_KEPT = 0.5  # least share of the words that most members use which the rule has to use
CLOSENESS = 0.8  # of the most central member's closeness to all members, which the rule's vector has to reach
_LIMITS = frozenset({"only", "unless", "except", "provided"})  # words that bound a rule: losing them makes it false elsewhere
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


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


def objection(rule: str, members: Sequence[str]) -> str:
    """Why ``rule`` must not stand for ``members`` (distinct wordings); empty when nothing speaks against it."""
    verdict = check_guideline(rule, question="", answer="", options=(), settings=GateSettings())
    if not verdict.accepted:
        return f"the written rule does not pass the gate: {verdict.category}"
    if len(tokens(rule)) > MAX_RULE_WORDS:
        return f"the written rule has {len(tokens(rule))} words, where {MAX_RULE_WORDS} are allowed"
    return _invented(rule, members) or _lost(rule, members) or _turned(rule, members)


def drifted(rule_vector: F32, member_vectors: F32) -> bool:
    """Is the rule farther from its members than a member is? f32[dim] against f32[n, dim], of unit length."""
    closeness = member_vectors @ member_vectors.mean(axis=0)
    return float(rule_vector @ member_vectors.mean(axis=0)) < CLOSENESS * float(np.max(closeness))


def _invented(rule: str, members: Sequence[str]) -> str:
    stems = set(content_stems(rule))
    known = {stem for member in members for stem in content_stems(member)}
    share = len(stems & known) / max(len(stems), 1)
    if share < SUPPORTED:
        return f"only {share:.0%} of the written rule's words are the members'"
    numbers = set(_NUMBER.findall(rule)) - {number for member in members for number in _NUMBER.findall(member)}
    return f"the written rule holds a number that no member has: {min(numbers)}" if numbers else ""


def _lost(rule: str, members: Sequence[str]) -> str:
    counts = Counter(stem for member in members for stem in set(content_stems(member)))
    core = {stem for stem, count in counts.items() if count > len(members) / 2}
    missing = core - set(content_stems(rule))
    if len(core) - len(missing) < CORE_KEPT * len(core):
        return f"the written rule leaves out what most members say: {', '.join(sorted(missing)[:4])}"
    bounds = Counter(word for member in members for word in _LIMITS & set(tokens(member)))
    kept = _LIMITS & set(tokens(rule))
    lost = sorted(word for word, count in bounds.items() if count > len(members) / 2 and not kept)
    return f"the written rule loses the condition in {', '.join(map(repr, lost))}" if lost else ""


def _turned(rule: str, members: Sequence[str]) -> str:
    known = contrasts("Topics")
    said = poles(tokens(rule), known)
    meant = np.stack([poles(tokens(member), known) for member in members])
    for one, other in ((1, -1), (-1, 1)):
        followers = (one * meant >= CLEAR).sum(axis=0)
        against = (other * meant >= CLEAR).sum(axis=0)
        turned = np.flatnonzero((other * said >= CLEAR) & (2 * followers > len(members)) & (against == 0))
        if len(turned):
            return f"the written rule takes the other side of a contrast: {known.names[int(turned[0])]}"
    return ""
