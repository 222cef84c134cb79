"""Text vectors from any server with ``POST {base_url}/embeddings``: vLLM, Ollama, hosted services."""

from __future__ import annotations

import asyncio
import json
import threading
import weakref
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import numpy as np

from vilomem_core.backends.chat.openai import CHARS_PER_TOKEN, ModelServer
from vilomem_core.backends.chat.pace import SYSTEM_CLOCK, Clock
from vilomem_core.backends.chat.wire import token_count
from vilomem_core.errors import ReplyUnusable
from vilomem_core.settings.models import EndpointSettings
from vilomem_core.types import F32, Usage

BATCH_TEXTS = 64  # some hosted services refuse more than 96 texts a request

Value = TypeVar("Value")


class LoopThread:
    """An event loop on a thread of its own: synchronous code runs coroutines on it, also where another loop is running."""

    def __init__(self, name: str) -> None:
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = runner.get_loop()
        self._thread = threading.Thread(target=_run_until_stopped, args=(runner,), name=name, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        """The coroutine's result; it is cancelled when the caller is interrupted."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def stop(self, last: Coroutine[Any, Any, None]) -> None:
        """End loop and thread, after ``last``."""
        asyncio.run_coroutine_threadsafe(self._finish(last), self._loop)
        if self._thread is not threading.current_thread():  # the garbage collector runs on any thread
            self._thread.join()

    async def _finish(self, last: Coroutine[Any, Any, None]) -> None:
        try:
            await last
        finally:
            self._loop.stop()


def _run_until_stopped(runner: asyncio.Runner) -> None:
    with runner:
        runner.get_loop().run_forever()


class OpenAIEmbedder:
    """A ``TextEmbedder`` behind an OpenAI-compatible server, for one thread.

    Retries, pace and errors are those of ``OpenAIChat``. ``usage`` sums what was paid. The dimension is what the server sends;
    where it is wanted before the first text, a word is embedded to learn it.
    """

    def __init__(self, model: str, endpoint: EndpointSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._server = ModelServer(model, endpoint, clock)
        self._thread = LoopThread("embeddings")
        # the protocol has no closing, so connections and thread end with this object, or with the process
        self._close = weakref.finalize(self, _close, self._thread, self._server)
        self._dimension: int | None = None
        self.usage = Usage()

    @property
    def fingerprint(self) -> str:
        return f"openai:{self._server.model}:{self.dimension}"

    @property
    def dimension(self) -> int:
        if self._dimension is None:
            return int(self._embed_batch(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> F32:
        """f32[len(texts), dimension], rows of unit length; a blank text gives a zero row and is not sent.

        Raises a ``ModelError`` as ``OpenAIChat.complete`` does, ``ReplyUnusable`` for vectors that do not fit.
        """
        wanted = [number for number, text in enumerate(texts) if text.strip()]
        batches = [wanted[start : start + BATCH_TEXTS] for start in range(0, len(wanted), BATCH_TEXTS)]
        vectors = [self._embed_batch([texts[number] for number in batch]) for batch in batches]
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if vectors:
            rows[wanted] = np.concatenate(vectors)
        return rows

    def close(self) -> None:
        """Close the connections; may be called twice."""
        self._close()

    def _embed_batch(self, texts: Sequence[str]) -> F32:
        body = json.dumps({"model": self._server.model, "input": list(texts), "encoding_format": "float"}).encode("ascii")
        rows, usage = self._thread.run(
            self._server.post(
                "embeddings",
                body,
                lambda content, seconds: (self._vectors(content, len(texts)), _usage(content, seconds)),
                tokens=sum(len(text) // CHARS_PER_TOKEN + 1 for text in texts),
                key=f"{self._server.model}|{texts[0]}",
            )
        )
        self.usage += usage
        return rows

    def _vectors(self, content: dict[str, Any], count: int) -> F32:
        rows = parse_vectors(content, count, self._server.model)
        if self._dimension not in (None, rows.shape[1]):
            raise ReplyUnusable(
                f"{self._server.model} sent vectors of {rows.shape[1]} dimensions, and of {self._dimension} before."
            )
        self._dimension = rows.shape[1]
        return rows


def _close(thread: LoopThread, server: ModelServer) -> None:
    thread.stop(server.aclose())


def _usage(content: dict[str, Any], seconds: float) -> Usage:
    usage = content.get("usage")
    return Usage(1, token_count(usage.get("prompt_tokens")) if isinstance(usage, dict) else 0, 0, seconds)


def parse_vectors(body: dict[str, object], count: int, model: str) -> F32:
    """f32[count, dimension], rows of unit length, in the order of the request. Raises ``ReplyUnusable``."""
    data = body.get("data")
    items = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    if sorted(str(item.get("index")) for item in items) != sorted(str(number) for number in range(count)):
        raise ReplyUnusable(f"{model} did not send one vector for each of {count} texts.")
    try:
        rows = np.asarray([item.get("embedding") for item in sorted(items, key=lambda item: int(item["index"]))], dtype=np.float64)
    except (ValueError, TypeError) as exc:
        raise ReplyUnusable(f"{model} sent vectors that are not rows of numbers.") from exc
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ReplyUnusable(f"{model} sent vectors that are not rows of finite numbers.")
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (norms > 0).all():
        raise ReplyUnusable(f"{model} sent a vector of length zero for a text.")
    return np.asarray(rows / norms, dtype=np.float32)
