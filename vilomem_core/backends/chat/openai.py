"""Chat with any OpenAI-compatible server: vLLM, SGLang, Ollama, hosted services."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import aiohttp

from vilomem_core.backends.chat.connections import LoopConnections, api_key, broken, exchange
from vilomem_core.backends.chat.failures import Answer, EndpointDown, EndpointMisconfigured, Refused, failure_of
from vilomem_core.backends.chat.pace import Pace
from vilomem_core.backends.chat.retry import SYSTEM_CLOCK, Clock, next_wait_s
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.backends.chat.wire import Dialect, merged, narrowed, parse_json_object, parse_reply, request_body
from vilomem_core.errors import ModelError, ModelUnavailable
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.types import Image, Usage

_log = logging.getLogger(__name__)

CHARS_PER_TOKEN = 3  # cautious for English and LaTeX: estimates book too much rather than too little
PIXELS_PER_TOKEN = 28 * 28  # Qwen2.5-VL: one token for 28 x 28 pixels


class OpenAIChat:
    """A model behind ``POST {base_url}/chat/completions``.

    Many requests may be under way at once in one event loop; several loops may use it one after the other. What the server refuses
    of the protocol is learned once (``Dialect``). The key is read from the environment and kept in the client's headers alone.
    """

    def __init__(self, model: str, endpoint: EndpointSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._model = model
        self._endpoint = endpoint
        self._clock = clock
        self._pace = Pace(endpoint)
        self._dialect = Dialect()
        self._connections = LoopConnections(endpoint)
        api_key(endpoint)  # an unusable key is told before the first request

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

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
        async with (await self._connections.of_running_loop()).session() as session:
            answer = await self._exchange(session, "models", None)
        failure = failure_of(answer, self._endpoint, self._model, api_key(self._endpoint))
        if isinstance(failure, ModelUnavailable) or (isinstance(failure, EndpointMisconfigured) and answer.status != 404):
            raise failure

    async def aclose(self) -> None:
        """Close the connections of the running event loop; a later request opens new ones."""
        await self._connections.aclose()

    async def _ask(self, request: ChatRequest, dialect: Dialect, wasted: Usage) -> ChatReply:
        """One form of the request, tried until it is answered or may not be tried again.

        ``wasted`` is what was paid for this request before. Empty replies are paid for like others.
        """
        body = request_body(self._model, request, dialect)  # encoded once for all tries
        tokens = estimated_tokens(request) if self._endpoint.tokens_per_minute else 0
        number = 0
        while True:
            try:
                reply = await self._try(body, tokens)
                return replace(reply, usage=wasted + reply.usage)
            except ModelError as failure:
                wasted += failure.usage or Usage()
                if wasted.calls:
                    failure.costing(wasted)
                if isinstance(failure, EndpointDown):
                    raise
                wait = next_wait_s(failure, number, f"{request.case_id}|{request.role}|{request.sample}", self._endpoint)
                if wait is None:
                    raise
                _log.info("try %d of case %s, %s: %s Again in %.1f s.", number + 1, request.case_id, request.role, failure, wait)
            await self._clock.sleep(wait)
            number += 1

    async def _try(self, body: bytes, tokens: int) -> ChatReply:
        async with (await self._connections.of_running_loop()).session() as session:
            ticket = self._pace.admit(tokens, self._clock.now())
            if ticket.wait_s > 0:
                await self._clock.sleep(ticket.wait_s)
            try:
                reply = await self._reply(session, body)
            except ModelError as failure:
                self._pace.failed(ticket, failure, self._clock.now())
                raise
        self._pace.answered(ticket, reply.usage.prompt_tokens + reply.usage.completion_tokens)
        return reply

    async def _reply(self, session: aiohttp.ClientSession, body: bytes) -> ChatReply:
        started = self._clock.now()
        answer = await self._exchange(session, "chat/completions", body)
        key = api_key(self._endpoint)
        failure = failure_of(answer, self._endpoint, self._model, key)
        if failure is not None:
            raise failure
        content = parse_json_object(answer.content, self._endpoint.base_url)
        return parse_reply(content, self._model, self._clock.now() - started, key)

    async def _exchange(self, session: aiohttp.ClientSession, path: str, body: bytes | None) -> Answer:
        """Send one request and read the whole answer within ``timeout_s``; a body of None is a GET."""
        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                return await exchange(session, self._endpoint, path, body)
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise broken(exc, self._endpoint) from exc

    def _learn(self, dialect: Dialect) -> None:
        known = merged(self._dialect, dialect)
        if known != self._dialect:
            self._dialect = known
            _log.warning("%s does not take the full protocol; from now on: %s", self._endpoint.base_url, known)


def estimated_tokens(request: ChatRequest) -> int:
    """Upper guess of prompt and completion tokens, booked until the server tells the true count."""
    tokens = request.sampling.max_tokens
    for message in request.messages:
        for part in message.parts:
            size = part.width * part.height // PIXELS_PER_TOKEN if isinstance(part, Image) else len(part) // CHARS_PER_TOKEN
            tokens += size + 1
    return tokens
