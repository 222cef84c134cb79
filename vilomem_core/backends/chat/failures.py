"""What a server's refusals and outages mean: each is translated to an error once, here.

EndpointDown (ModelUnavailable)                     the circuit breaker is open: nothing was sent
RateLimited (ModelUnavailable)                      the server is there, and wants fewer requests
EndpointMisconfigured (SettingsError, ModelError)   key, model or URL are wrong: no request will ever succeed
Refused (RequestRefused)                            this request was refused; the server said why
EmptyReply (ReplyUnusable)                          an answer without content: worth asking again
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vilomem_core.errors import ModelError, ModelUnavailable, ReplyUnusable, RequestRefused, SettingsError
from vilomem_core.settings.models import EndpointSettings

DETAIL_CHARS = 300  # enough for a server's sentence, too little for a page of HTML
SECRET_CHARS = 8  # shorter keys are placeholders such as EMPTY, and ordinary words of error texts

# Wordings of vLLM, SGLang, llama.cpp, Ollama and hosted services, as regular expressions over their error texts.
_TOO_LONG = re.compile(r"context[ _-]?(length|size|window)|too (long|many tokens)|longer than the|max_model_len", re.IGNORECASE)
_STRUCTURE = re.compile(r"response_format|json_schema|json_object|structured|guided|grammar", re.IGNORECASE)
_BAD_IMAGE = re.compile(r"\bimages?\b|image_url|multi-?modal", re.IGNORECASE)


class EndpointDown(ModelUnavailable):
    """The server failed so often in a row that it is left alone for a while; ``retry_after_s`` is the time that is left."""


class RateLimited(ModelUnavailable):
    """The server is there, but wants fewer requests."""


class EndpointMisconfigured(SettingsError, ModelError):
    """The server answers, but will answer no request like this: wrong key, unknown model, wrong path. The run should end."""


class EmptyReply(ReplyUnusable):
    """An answer that holds no content; the next one may."""

    retryable = True


class Refused(RequestRefused):
    """A refused request. ``detail`` is the server's text; ``final`` says that no other form of the request can help."""

    def __init__(self, message: str, hint: str = "", detail: str = "", final: bool = False) -> None:
        super().__init__(message, hint)
        self.args = (message, hint, detail, final)
        self.detail = detail
        self.final = final


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def failure_of(answer: Answer, endpoint: EndpointSettings, model: str, key: str) -> ModelError | None:
    """The error that an HTTP answer stands for, or None for success. ``key`` is removed from the server's text."""
    status = answer.status
    if 200 <= status < 300:
        return None
    sentence, detail = error_texts(answer.content, key)
    said = f"{endpoint.base_url} answered {status}: {sentence or 'no reason given'}"
    hint = _settings_hint(answer.status, detail, endpoint, model, key)
    if hint:
        return EndpointMisconfigured(said, hint)
    if status == 429:
        return RateLimited(said, "", retry_after_s(answer.headers))
    if status in (408, 409, 425) or status >= 500:
        return ModelUnavailable(said, "", retry_after_s(answer.headers))
    return _refusal(said, detail)


def _settings_hint(status: int, detail: str, endpoint: EndpointSettings, model: str, key: str) -> str:
    """What to correct where a status says that every request will fail; empty for other statuses."""
    if status in (401, 403):
        state = "is set, but refused" if key else "is not set"
        return f"The key is read from the environment variable {endpoint.api_key_env}, which {state}."
    if status == 402 or (status == 429 and "insufficient_quota" in detail):
        return "The account has no credit left; waiting does not help."
    if status in (404, 405) or 300 <= status < 400:
        return f"Does the server have a model named {model}, and does base_url end as the server wants it (mostly in /v1)?"
    return ""


def error_texts(content: bytes, key: str) -> tuple[str, str]:
    """What the server wrote of an error: its sentence, and all of it (with ``param`` and ``code``); neither holds ``key``."""
    text = content.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    if isinstance(body, dict):
        body = body.get("error") or body.get("detail") or body
    detail = body if isinstance(body, str) else json.dumps(body)
    sentence = body.get("message") if isinstance(body, dict) else detail
    return presentable(sentence if isinstance(sentence, str) else detail, key), presentable(detail, key)


def presentable(text: str, key: str) -> str:
    """At most ``DETAIL_CHARS`` printable characters of a text that someone else wrote, without ``key``."""
    if len(key) >= SECRET_CHARS:
        text = text.replace(key, "***")
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= DETAIL_CHARS else line[:DETAIL_CHARS] + "…"


def _refusal(said: str, detail: str) -> Refused:
    if _STRUCTURE.search(detail):  # first, because some servers repeat the rest of the request beside it
        return Refused(said, "", detail)
    if _TOO_LONG.search(detail):
        hint = "The request does not fit the model's context: serve the model with a longer one, or lower max_tokens."
        return Refused(said, hint, detail, True)
    if _BAD_IMAGE.search(detail):
        hint = (
            "The server does not take the request's images: is it a vision model, and does it allow as many images as the case has?"
        )
        return Refused(said, hint, detail, True)
    return Refused(said, "", detail)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3), or None where there is none that can be read.

    A date is compared with the answer's own ``Date``, so that the two machines' clocks need not agree.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        return float(value)
    moment = _date(value)
    if moment is None:
        return None
    return max(0.0, (moment - (_date(headers.get("date", "")) or datetime.now(UTC))).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
