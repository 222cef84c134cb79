"""Requests, pictures and a clock for tests of chat back ends."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

from vilomem_core.backends.chat.pace import Clock
from vilomem_core.protocols import ChatReply, ChatRequest, Message, Sampling
from vilomem_core.types import Image, Role, Usage

SCHEMA = {
    "type": "object",
    "properties": {"is_visual_error": {"type": "boolean"}, "guideline": {"type": ["string", "null"]}},
    "required": ["is_visual_error", "guideline"],
    "additionalProperties": False,
}


def picture(name: str) -> Image:
    """An image whose bytes are its name: servers of tests do not decode."""
    data = name.encode()
    return Image(hashlib.sha256(data).hexdigest(), "image/png", 28, 28, data)


def a_request(
    *parts: str | Image,
    case_id: str = "case-1",
    role: Role = Role.SOLVER,
    schema: Mapping[str, Any] | None = None,
    sampling: Sampling | None = None,
    sample: int = 0,
) -> ChatRequest:
    messages = (Message("user", parts or ("What is shown?",)),)
    return ChatRequest(role, case_id, messages, sampling or Sampling(), schema, sample)


class FakeTime:
    """Time that passes only in ``sleep``; ``slept`` lists the waits that were asked for."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, sleep=self.sleep)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


class ScriptedModel:
    """Answers with, or raises, one item of a list after the other; the last one again and again."""

    name = "scripted:model"

    def __init__(self, *script: Exception | Usage) -> None:
        self.script = list(script)
        self.calls = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        item = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        await asyncio.sleep(0)
        if isinstance(item, Exception):
            raise item
        return ChatReply("fine", self.name, usage=item)

    async def aclose(self) -> None:
        pass
