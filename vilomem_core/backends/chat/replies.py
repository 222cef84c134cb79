"""From the body of a ``chat/completions`` answer to a ``ChatReply``."""

from __future__ import annotations

import json
from typing import Any

from vilomem_core.backends.chat.failures import EmptyReply, Refused, presentable
from vilomem_core.errors import ModelUnavailable, ReplyUnusable
from vilomem_core.protocols import ChatReply
from vilomem_core.types import Usage

_THINK_END = "</think>"
_CUT_HINT = "Raise max_tokens, or serve the model with less thinking."


def parse_json_object(content: bytes, place: str) -> dict[str, Any]:
    """The JSON object in a successful answer. Raises ``ModelUnavailable``: a proxy's page or a cut-off body is an outage."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise ModelUnavailable(f"{place} sent a body of {len(content)} bytes that is not JSON.") from exc
    if not isinstance(body, dict):
        raise ModelUnavailable(f"{place} sent a JSON {type(body).__name__} instead of an object.")
    return body


def parse_reply(body: dict[str, Any], model: str, seconds: float, key: str) -> ChatReply:
    """The first choice's text, finish reason and tokens; ``seconds`` is how long it took; ``key`` stays out of errors.

    Thinking is left out of the text, whether the server keeps it apart (``reasoning_content``) or not (``<think>…</think>``): it
    holds answers that the model did not commit to. Raises ``EmptyReply`` where asking again may help, ``ReplyUnusable`` for a reply
    that ended before its answer began, ``Refused`` where the model or a filter declined.
    """
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    usage = _usage(body.get("usage"), seconds)
    if not isinstance(choice, dict) or not isinstance(message, dict):
        failure = EmptyReply(f"{model} sent no choice: {presentable(json.dumps(body.get('error') or body), key)}")
        raise failure.costing(usage) if usage.prompt_tokens else failure  # without tokens it is an error, told with status 200
    finish = choice.get("finish_reason")
    finish = finish if isinstance(finish, str) and finish else "stop"
    refusal = message.get("refusal")
    if finish == "content_filter" or (isinstance(refusal, str) and refusal):
        raise Refused(f"{model} declined ({finish}): {presentable(refusal or 'content filter', key)}", "", "", True).costing(usage)
    text = without_thinking(_content(message.get("content")), finish)
    if not text.strip():
        if finish == "length":
            raise ReplyUnusable(f"{model} was cut off before its answer began.", _CUT_HINT).costing(usage)
        raise EmptyReply(f"{model} sent an empty reply (finish reason {presentable(finish, key)}).").costing(usage)
    served = body.get("model")
    return ChatReply(
        text=encodable(text),
        model=encodable(served) if isinstance(served, str) and served else model,
        finish_reason=encodable(finish),
        usage=usage,
    )


def without_thinking(text: str, finish_reason: str) -> str:
    """``text`` after its leading block of thinking; a block that was cut off leaves nothing.

    Some chat templates open the block themselves, so that a reply may hold its end only.
    """
    start = text.lstrip()
    before, end, after = start.partition(_THINK_END)
    if start.startswith("<think>"):
        if end:
            return after.lstrip()
        return "" if finish_reason == "length" else text
    return after.lstrip() if end and "<think>" not in before else text


def encodable(text: str) -> str:
    """``text`` with lone surrogates replaced: JSON can carry them, UTF-8 and Arrow cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def token_count(value: object) -> int:
    """A count as servers send it; what is no count is 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _content(content: object) -> str:
    """Text of a message, which a few servers send in parts."""
    if isinstance(content, list):
        return "".join(_content(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _usage(usage: object, seconds: float) -> Usage:
    counts = usage if isinstance(usage, dict) else {}
    return Usage(1, token_count(counts.get("prompt_tokens")), token_count(counts.get("completion_tokens")), seconds)
