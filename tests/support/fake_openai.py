"""A small OpenAI-compatible server that answers at once and misbehaves on demand: for tests and benchmarks.

    with FakeOpenAI(script=["429", "ok"]) as fake: ...       in this process, on a thread of its own; it keeps what it received
    python tests/support/fake_openai.py --latency-ms 200 --fault 500=0.05     in a process of its own; prints LISTENING and its URL

Faults: ``429``, ``500``, ``503`` (with Retry-After where ``retry_after`` is set), ``hang`` (no byte ever), ``disconnect``,
``garbage`` (200, a page of HTML), ``truncated`` (200, half of the JSON), ``cut_off`` (200, connection closed inside the body),
``empty`` (200, no choices), ``slow`` (first byte after ``slow_s``). A script names the fate of each request in the order of
arrival; after it, rates decide by a hash of the request's body and of how often it came, so that runs repeat.

A reply to a request with a JSON schema is an instance of the schema. Any other ends in a boxed answer: the one that a mark
``[gold:ANSWER]`` in the prompt names, or a wrong one for the share ``wrong_rate`` of all marks.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

FAULTS = ("429", "500", "503", "hang", "disconnect", "garbage", "truncated", "cut_off", "empty", "slow")
_GOLD = re.compile(r"\[gold:([^\]\s]+)\]")


@dataclass(frozen=True)
class Received:
    """One request as it arrived; ``body`` is the parsed JSON, ``raw`` its bytes."""

    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: dict[str, Any]

    @property
    def parts(self) -> list[Any]:
        """Texts, and URLs of images, of all messages in their order."""
        found: list[Any] = []
        for message in self.body["messages"]:
            content = message["content"]
            for part in [{"text": content}] if isinstance(content, str) else content:
                found.append(part["text"] if "text" in part else part["image_url"]["url"])
        return found


class FakeOpenAI:
    """The server. ``reply`` maps a received chat request to the text, message or whole body that answers it."""

    def __init__(
        self,
        *,
        port: int = 0,
        latency_s: float = 0.0,
        script: Iterable[str] = (),
        rates: Mapping[str, float] | None = None,
        retry_after: str | None = None,
        slow_s: float = 0.5,
        api_key: str = "",
        refuses: Callable[[dict[str, Any]], str | None] = lambda body: None,
        reply: Callable[[Received], str | dict[str, Any]] | None = None,
        wrong_rate: float = 0.4,
        dimension: int = 8,
        keep: bool = True,
    ) -> None:
        self.script = deque(script)
        self.rates = dict(rates or {})
        self.received: list[Received] = []
        self.fates: Counter[str] = Counter()
        self.in_flight = self.peak_in_flight = 0
        self.reply = reply or (lambda request: default_reply(request, wrong_rate))
        self._latency_s, self._slow_s, self._retry_after = latency_s, slow_s, retry_after
        self._api_key, self._refuses, self._dimension, self._keep = api_key, refuses, dimension, keep
        self._seen: Counter[bytes] = Counter()
        self._port = port

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-openai")
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/embeddings", self._embeddings)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            received = await self._take(request)
            return self._barred(received) or await self._answer(request, received)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.Request, received: Received) -> web.StreamResponse:
        fate = self._fate(received.raw)
        self.fates[fate] += 1
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        if fate in ("429", "500", "503"):
            headers = {"Retry-After": self._retry_after} if self._retry_after else {}
            return error(int(fate), f"fault {fate}", headers)
        if fate == "hang":
            await asyncio.Event().wait()
        if fate == "slow":
            await asyncio.sleep(self._slow_s)
        if fate == "disconnect" and request.transport is not None:
            request.transport.abort()
        body = completion(received, self.reply(received))
        if fate == "empty":
            body["choices"] = []
        text = json.dumps(body)
        if fate == "garbage":
            return web.Response(text="<html>Bad gateway</html>", content_type="text/html")
        if fate == "truncated":
            text = text[: len(text) // 2]
        if fate == "cut_off":
            return await cut_off(request, text)
        return web.Response(text=text, content_type="application/json")

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        received = await self._take(request)
        fate = self._fate(received.raw)
        if fate != "ok":
            return error(int(fate) if fate.isdigit() else 500, f"fault {fate}")
        data = [
            {"object": "embedding", "index": index, "embedding": vector(text, self._dimension)}
            for index, text in enumerate(received.body["input"])
        ]
        tokens = sum(len(text.split()) for text in received.body["input"])
        data.reverse()  # the index counts, not the order
        return self._barred(received) or web.json_response({"data": data, "usage": {"prompt_tokens": tokens}})

    async def _models(self, request: web.Request) -> web.StreamResponse:
        return self._barred(await self._take(request)) or web.json_response({"data": [{"id": "fake"}]})

    async def _take(self, request: web.Request) -> Received:
        raw = await request.read()
        received = Received(request.path, dict(request.headers), raw, json.loads(raw) if raw else {})
        if self._keep:
            self.received.append(received)
        return received

    def _barred(self, received: Received) -> web.Response | None:
        if self._api_key and received.headers.get("Authorization") != f"Bearer {self._api_key}":
            return error(401, f"Incorrect API key: {received.headers.get('Authorization', 'none')}")
        reason = self._refuses(received.body)
        return error(400, reason) if reason is not None else None

    def _fate(self, raw: bytes) -> str:
        if self.script:
            return self.script.popleft()
        if not self.rates:
            return "ok"
        key = hashlib.blake2b(raw, digest_size=8).digest()
        self._seen[key] += 1
        draw = unit(key.hex(), self._seen[key])
        for kind, rate in self.rates.items():
            draw -= rate
            if draw < 0:
                return kind
        return "ok"


def unit(*parts: object) -> float:
    """A number in [0, 1) that depends on ``parts`` alone."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=7).digest()) / 2**56


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "fake"}}, status=status, headers=headers)


async def cut_off(request: web.Request, text: str) -> web.StreamResponse:
    """Announce the whole body, send half of it, and close."""
    response = web.StreamResponse(headers={"Content-Length": str(len(text)), "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(text[: len(text) // 2].encode())
    if request.transport is not None:
        request.transport.close()
    return response


def completion(received: Received, reply: str | dict[str, Any]) -> dict[str, Any]:
    """The body of a chat answer; a whole body or a message from the test passes as it is."""
    if isinstance(reply, dict) and "choices" in reply:
        return reply
    message = {"role": "assistant", "content": reply} if isinstance(reply, str) else reply
    texts = [part for part in received.parts if not part.startswith("data:")]
    prompt = sum(len(text) for text in texts) // 4 + 85 * (len(received.parts) - len(texts)) + 1
    completed = len(str(message.get("content"))) // 4 + 1
    usage = {"prompt_tokens": prompt, "completion_tokens": completed, "total_tokens": prompt + completed}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"object": "chat.completion", "model": received.body["model"], "choices": [choice], "usage": usage}


def default_reply(received: Received, wrong_rate: float) -> str:
    """An instance of the schema that was asked for, or a short solution with a boxed answer."""
    wanted = received.body.get("response_format", {})
    if wanted.get("type") == "json_schema":
        return json.dumps(instance(wanted["json_schema"]["schema"]))
    if wanted.get("type") == "json_object":
        return "{}"
    mark = _GOLD.search(" ".join(part for part in received.parts if not part.startswith("data:")))
    gold = mark.group(1) if mark else "42"
    if mark and unit(mark.string[: mark.end()]) < wrong_rate:
        gold = "B" if gold == "A" else "A"
    return f"Step 1: read the figure.\nStep 2: compute.\nFinal answer: \\boxed{{{gold}}}"


def instance(schema: Mapping[str, Any]) -> Any:
    """Some value that fits a simple JSON schema."""
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    if "anyOf" in schema:
        return instance(schema["anyOf"][0])
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: instance(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [instance(schema.get("items", {"type": "string"}))] * max(1, schema.get("minItems", 1))
    return {"boolean": True, "integer": 1, "number": 1.0, "null": None}.get(kind, "Check every label before using a value.")


def vector(text: str, dimension: int) -> list[float]:
    """Signed feature hashes of the words: texts that share words are similar."""
    row = [0.0] * dimension
    for word in text.lower().split():
        place = unit(word) * dimension
        row[int(place)] += 1.0 if place % 1 < 0.5 else -1.0
    return row if any(row) else [1.0] * dimension


async def serve(fake: FakeOpenAI) -> None:
    await fake.start()
    print(f"LISTENING {fake.base_url}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake OpenAI-compatible server; it runs until it is killed.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=RATE", help=", ".join(FAULTS))
    parser.add_argument("--retry-after", help="header of 429 and 503, in seconds")
    parser.add_argument("--wrong-rate", type=float, default=0.4)
    given = parser.parse_args()
    rates = {kind: float(rate) for kind, _, rate in (fault.partition("=") for fault in given.fault)}
    if unknown := set(rates) - set(FAULTS):
        parser.error(f"unknown fault: {', '.join(sorted(unknown))}")
    fake = FakeOpenAI(
        port=given.port,
        latency_s=given.latency_ms / 1000,
        rates=rates,
        retry_after=given.retry_after,
        wrong_rate=given.wrong_rate,
        keep=False,
    )
    asyncio.run(serve(fake))


if __name__ == "__main__":
    main()
