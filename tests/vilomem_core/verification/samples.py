"""Cases of every answer type, a back end that plays the judge, and a short way to a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.types import AnswerType, Case, Usage, Verdict
from vilomem_core.verification import VerificationSettings, verify

CHOICE = Case("choice", "Which tree is shown in the picture?", "Oak", AnswerType.CHOICE, ("Oak", "Elm", "Ash", "Yew"))
NUMBER = Case("number", "How many dots are there?", "7", AnswerType.NUMBER)
EXPRESSION = Case("expression", "Give the exact length.", "2\\sqrt{3}", AnswerType.EXPRESSION)
TEXT = Case("text", "What is written on the sign?", "stop", AnswerType.TEXT)
YES_NO = Case("yes-no", "Is it red?", "Yes", AnswerType.TEXT)
LIST = Case("list", "Which colours are on the flag?", "red, blue", AnswerType.TEXT)
EVERY_TYPE = (CHOICE, NUMBER, EXPRESSION, TEXT, YES_NO, LIST)


def verdict(question: str, gold: str, reply: str, kind: str = "number", *, preset: str = "generic") -> Verdict:
    return verify(Case("case", question, gold, AnswerType(kind)), reply, VerificationSettings(preset=preset))  # type: ignore[arg-type]


class Judge:
    """Replies with, or raises, what ``speak`` gives for a request; keeps the requests."""

    name = "played:judge"

    def __init__(self, speak: Callable[[ChatRequest], str]) -> None:
        self._speak = speak
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        await asyncio.sleep(0)
        return ChatReply(self._speak(request), self.name, usage=Usage(calls=1, prompt_tokens=100, completion_tokens=10))

    async def aclose(self) -> None: ...
