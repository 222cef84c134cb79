"""Any OpenAI-compatible server (vLLM, SGLang, Ollama, hosted services): its requests, paced and retried, and chat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from vilomem_core.backends.chat.connections import LoopConnections, api_key
from vilomem_core.backends.chat.failures import Answer, EndpointDown, EndpointMisconfigured, Refused, failure_of
from vilomem_core.backends.chat.pace import SYSTEM_CLOCK, Clock, Pace, next_wait_s
from vilomem_core.backends.chat.wire import Dialect, merged, narrowed, parse_json_object, parse_reply, request_body
from vilomem_core.errors import ModelError, ModelUnavailable
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.settings.models import EndpointSettings
from vilomem_core.types import Image, Usage

_log = logging.getLogger(__name__)

CHARS_PER_TOKEN = 3  # cautious for English and LaTeX: estimates book too much rather than too little
PIXELS_PER_TOKEN = 28 * 28  # Qwen2.5-VL: one token for 28 x 28 pixels

Value = TypeVar("Value")


class ModelServer:
    """Requests to one model of a server, for chat and embeddings alike.

    Many may be under way at once in one event loop; several loops may use it one after the other. The key is read from the
    environment for each request and kept nowhere. Raises ``SettingsError`` for an unusable key or proxy.
    """

    def __init__(self, model: str, endpoint: EndpointSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self.model = model
        self.endpoint = endpoint
        self._clock = clock
        self._pace = Pace(endpoint)
        self._connections = LoopConnections(endpoint)

    async def post(
        self,
        path: str,
        body: bytes,
        read: Callable[[dict[str, Any], float], tuple[Value, Usage]],
        *,
        tokens: int,
        key: str,
        wasted: Usage = Usage(),  # noqa: B008 - frozen
    ) -> tuple[Value, Usage]:
        """What ``read`` makes of the answer's JSON and its seconds, and what was paid for it, unusable replies included.

        The request is sent until it is answered or may not be tried again. ``tokens`` is the estimate that is booked, ``key`` names
        the request for its jitter, ``wasted`` is what was paid for it before.
        """
        number = 0
        while True:
            try:
                value, usage = await self._try(path, body, read, tokens)
                return value, wasted + usage
            except ModelError as failure:
                wasted += failure.usage or Usage()
                if wasted.calls:
                    failure.costing(wasted)
                if isinstance(failure, EndpointDown):
                    raise
                wait = next_wait_s(failure, number, key, self.endpoint)
                if wait is None:
                    raise
                _log.info("try %d of %s, %.80s: %s Again in %.1f s.", number + 1, path, key, failure, wait)
            await self._clock.sleep(wait)
            number += 1

    async def get(self, path: str) -> tuple[Answer, ModelError | None]:
        """The answer to a single try, and the failure that it stands for. Raises ``ModelUnavailable``."""
        connections = await self._connections.of_running_loop()
        async with connections.in_flight:
            answer = await connections.exchange(path, None)
        return answer, self._failure(answer)

    async def aclose(self) -> None:
        """Close the connections of the running event loop; a later request opens new ones."""
        await self._connections.aclose()

    async def _try(
        self, path: str, body: bytes, read: Callable[[dict[str, Any], float], tuple[Value, Usage]], tokens: int
    ) -> tuple[Value, Usage]:
        connections = await self._connections.of_running_loop()
        async with connections.in_flight:
            ticket = self._pace.admit(tokens, self._clock.now())
            if ticket.wait_s > 0:
                await self._clock.sleep(ticket.wait_s)
            try:
                started = self._clock.now()
                answer = await connections.exchange(path, body)
                failure = self._failure(answer)
                if failure is not None:
                    raise failure
                content = parse_json_object(answer.content, self.endpoint.base_url)
                value, usage = read(content, self._clock.now() - started)
            except ModelError as failure:
                self._pace.failed(ticket, failure, self._clock.now())
                raise
        self._pace.answered(ticket, usage.prompt_tokens + usage.completion_tokens)
        return value, usage

    def _failure(self, answer: Answer) -> ModelError | None:
        return failure_of(answer, self.endpoint, self.model, api_key(self.endpoint))


class OpenAIChat:
    """A model behind ``POST {base_url}/chat/completions``. What the server refuses of the protocol is learned once (``Dialect``)."""

    def __init__(self, model: str, endpoint: EndpointSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._server = ModelServer(model, endpoint, clock)
        self._dialect = Dialect()

    @property
    def name(self) -> str:
        return f"openai:{self._server.model}"

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request.

        Raises ``EndpointDown`` at once while the breaker is open, ``ModelUnavailable`` when every try failed,
        ``EndpointMisconfigured`` for a wrong key, model or URL, ``Refused``, ``EmptyReply`` or ``ReplyUnusable`` otherwise.
        """
        dialect, wasted = self._dialect, Usage()
        while True:
            try:
                reply = await self._ask(request, dialect, wasted)
            except Refused as refusal:
                wasted = refusal.usage or wasted
                narrower = narrowed(dialect, request, refusal)
                if narrower is None:
                    raise
                dialect = narrower
            else:
                self._learn(dialect)
                return reply

    async def check(self) -> None:
        """Ask for the list of models, once: tells a missing server or a wrong key before a run starts.

        Raises ``ModelUnavailable`` or ``EndpointMisconfigured``; a server without such a list passes.
        """
        answer, failure = await self._server.get("models")
        if isinstance(failure, ModelUnavailable) or (isinstance(failure, EndpointMisconfigured) and answer.status != 404):
            raise failure

    async def aclose(self) -> None:
        """Close the connections of the running event loop; a later request opens new ones."""
        await self._server.aclose()

    async def _ask(self, request: ChatRequest, dialect: Dialect, wasted: Usage) -> ChatReply:
        """One form of the request; ``wasted`` is what was paid for other forms of it before."""
        server = self._server

        def read(content: dict[str, Any], seconds: float) -> tuple[ChatReply, Usage]:
            reply = parse_reply(content, server.model, seconds, api_key(server.endpoint))
            return reply, reply.usage

        reply, usage = await server.post(
            "chat/completions",
            request_body(server.model, request, dialect),  # encoded once for all tries
            read,
            tokens=tokens_to_book(request) if server.endpoint.tokens_per_minute else 0,
            key=f"{request.case_id}|{request.role}|{request.sample}",
            wasted=wasted,
        )
        return replace(reply, usage=usage)

    def _learn(self, dialect: Dialect) -> None:
        known = merged(self._dialect, dialect)
        if known != self._dialect:
            self._dialect = known
            _log.warning("%s does not take the full protocol; from now on: %s", self._server.endpoint.base_url, known)


def tokens_to_book(request: ChatRequest) -> int:
    """Upper estimate of prompt and completion tokens, booked until the server tells the true count."""
    tokens = request.sampling.max_tokens
    for message in request.messages:
        for part in message.parts:
            size = part.width * part.height // PIXELS_PER_TOKEN if isinstance(part, Image) else len(part) // CHARS_PER_TOKEN
            tokens += size + 1
    return tokens
