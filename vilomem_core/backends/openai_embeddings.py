"""Text vectors from any server with ``POST {base_url}/embeddings``: vLLM, Ollama, hosted services."""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Callable, Sequence

import httpx
import numpy as np

from vilomem_core.backends.chat.connections import answer_of, api_key, broken, sync_client, tls_context, url_of
from vilomem_core.backends.chat.failures import Answer, failure_of
from vilomem_core.backends.chat.pace import Pace, Ticket
from vilomem_core.backends.chat.retry import next_wait_s
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.backends.chat.wire import parse_json_object, token_count
from vilomem_core.errors import ModelError, ReplyUnusable
from vilomem_core.types import F32, Usage

BATCH_TEXTS = 64  # some hosted services refuse more than 96 texts a request
CHARS_PER_TOKEN = 3  # cautious, as for chat


class OpenAIEmbedder:
    """A ``TextEmbedder`` behind an OpenAI-compatible server, for one thread.

    Retries, pace and errors are those of ``OpenAIChat``. ``usage`` sums what was paid. The dimension is what the server sends;
    where it is wanted before the first text, a word is embedded to learn it.
    """

    def __init__(
        self,
        model: str,
        endpoint: EndpointSettings,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._model = model
        self._endpoint = endpoint
        self._now = now
        self._sleep = sleep
        self._pace = Pace(endpoint)
        self._client = sync_client(endpoint, tls_context(endpoint))
        self._close = weakref.finalize(self, self._client.close)  # the protocol has no closing, and sockets need it
        self._dimension: int | None = None
        self.usage = Usage()

    @property
    def fingerprint(self) -> str:
        return f"openai:{self._model}:{self.dimension}"

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
        body = json.dumps({"model": self._model, "input": list(texts), "encoding_format": "float"}).encode("ascii")
        tokens = sum(len(text) // CHARS_PER_TOKEN + 1 for text in texts)
        number = 0
        while True:
            ticket = self._pace.admit(tokens, self._now())
            if ticket.wait_s > 0:
                self._sleep(ticket.wait_s)
            try:
                return self._vectors(body, len(texts), ticket)
            except ModelError as failure:
                self._pace.failed(ticket, failure, self._now())
                wait = next_wait_s(failure, number, f"{self._model}|{texts[0]}", self._endpoint)
                if wait is None:
                    raise
            self._sleep(wait)
            number += 1

    def _vectors(self, body: bytes, count: int, ticket: Ticket) -> F32:
        started = self._now()
        answer = self._exchange(body)
        failure = failure_of(answer, self._endpoint, self._model, api_key(self._endpoint))
        if failure is not None:
            raise failure
        content = parse_json_object(answer.content, self._endpoint.base_url)
        rows = parse_vectors(content, count, self._model)
        if self._dimension not in (None, rows.shape[1]):
            raise ReplyUnusable(f"{self._model} sent vectors of {rows.shape[1]} dimensions, and of {self._dimension} before.")
        self._dimension = rows.shape[1]
        usage = content.get("usage")
        tokens = token_count(usage.get("prompt_tokens")) if isinstance(usage, dict) else 0
        self._pace.answered(ticket, tokens)
        self.usage += Usage(1, tokens, 0, self._now() - started)
        return rows

    def _exchange(self, body: bytes) -> Answer:
        try:
            return answer_of(self._client.post(url_of(self._endpoint, "embeddings"), content=body))
        except httpx.RequestError as exc:
            raise broken(exc, self._endpoint) from exc


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
