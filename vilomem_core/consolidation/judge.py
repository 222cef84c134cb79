"""Asks a model whether two guidelines state the same rule.

A judge that is down, or whose reply holds no verdict, has said nothing: the pair stays unjudged and nothing is merged on its word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vilomem_core.errors import ModelError, ModelUnavailable, ReplyUnusable
from vilomem_core.json_reply import parse_object
from vilomem_core.prompts import fence, fill, template
from vilomem_core.protocols import ChatModel, ChatRequest, Message, Sampling
from vilomem_core.types import Judgement, Role, Stream, Usage

OUTAGES = 5  # requests in a row without any reply, after which the judge counts as down for this consolidation
USELESS = 20  # replies in a row without a verdict, after which the same holds: half of them useless, it happens once in a million
REASON_CHARS = 300
JUDGE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"same": {"type": "boolean"}, "reason": {"type": "string", "maxLength": REASON_CHARS}},
    "required": ["same", "reason"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A guideline and the candidate that stands for it."""

    candidate_id: str
    text: str


class PairJudge:
    """A model as a judge of pairs, with what it said, what it cost and what went wrong.

    ``controls`` are its earlier answers about pairs that cannot be the same.
    """

    def __init__(self, model: ChatModel, stream: Stream, concurrency: int) -> None:
        self.controls: list[bool] = []
        self.judgements: list[Judgement] = []
        self.usage = Usage()
        self.failure = ""
        self._model = model
        self._stream = stream
        self._gate = asyncio.Semaphore(concurrency)
        self._outages = 0
        self._useless = 0

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def down(self) -> bool:
        return self._outages >= OUTAGES or self._useless >= USELESS

    async def judge(self, pairs: Sequence[tuple[Stated, Stated]]) -> list[bool | None]:
        """Same, not the same, or None where nobody could tell, pair by pair. Records what was said."""
        return list(await asyncio.gather(*(self._one(left, right) for left, right in pairs)))

    async def _one(self, left: Stated, right: Stated) -> bool | None:
        if left.candidate_id > right.candidate_id:
            left, right = right, left
        async with self._gate:
            if self.down:
                return None
            try:
                reply = await self._model.complete(merge_request(left, right))
                self.usage += reply.usage
                self._outages = 0
                same, reason = parse_merge(reply.text)
            except ModelUnavailable as exc:
                self._outages += 1
                self.failure = exc.message
                return None
            except ModelError as exc:
                self._useless += 1
                self.failure = exc.message
                return None
            except TimeoutError:
                self._outages += 1
                self.failure = "the judge timed out"
                return None
        self._useless = 0
        self.judgements.append(Judgement(self._stream, left.candidate_id, right.candidate_id, same, self.name, reason))
        return same


def merge_request(left: Stated, right: Stated) -> ChatRequest:
    """One question to the judge; ``case_id`` names the two candidates, so that replies can be recorded."""
    task = fill("merge_judge", {"left": fence(left.text), "right": fence(right.text)})
    messages = (Message("system", (template("system"),)), Message("user", (task,)))
    case_id = f"{left.candidate_id}+{right.candidate_id}"
    return ChatRequest(Role.MERGER, case_id, messages, Sampling(max_tokens=256, seed=0), JUDGE_SCHEMA)


def parse_merge(text: str) -> tuple[bool, str]:
    """Reads ``{"same": …, "reason": …}``. Raises ``ReplyUnusable`` without a clear true or false."""
    fields = parse_object(text)
    same = fields.get("same")
    if isinstance(same, str):
        same = {"true": True, "yes": True, "false": False, "no": False}.get(same.strip().casefold())
    if not isinstance(same, bool):
        raise ReplyUnusable("the judge's reply has neither true nor false in same")
    reason = fields.get("reason")
    return same, " ".join(reason.split())[:REASON_CHARS] if isinstance(reason, str) else ""
