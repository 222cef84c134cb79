"""The chat protocol on the wire: requests as a server takes them, and its replies as ``ChatReply``s.

Which parts of the protocol a server takes is its ``Dialect``: it starts with all, and narrows by what the server refuses. Structured
output falls back from a JSON schema to "any JSON object" to a plain instruction. Hosted reasoning models that know
``max_completion_tokens`` only, or no temperature, are met the same way.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

from vilomem_core.backends.chat.failures import EmptyReply, Refused, presentable
from vilomem_core.errors import ModelUnavailable, ReplyUnusable
from vilomem_core.protocols import ChatReply, ChatRequest, Message
from vilomem_core.types import Image, Usage


class Structure(StrEnum):
    """How a reply in JSON is asked for, from the strictest form to the loosest."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    INSTRUCTION = "instruction"


_LOOSER = {Structure.SCHEMA: Structure.OBJECT, Structure.OBJECT: Structure.INSTRUCTION}
_OPTIONAL_FIELDS = ("seed", "top_p", "temperature")
_NOT_SUPPORTED = re.compile(r"unsupported|not support|unrecognized|unknown|extra|not permitted|not allowed", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is put into requests to one server; ``left_out`` names sampling fields that it does not know."""

    structure: Structure = Structure.SCHEMA
    token_field: str = "max_tokens"
    left_out: tuple[str, ...] = ()


def request_body(model: str, request: ChatRequest, dialect: Dialect) -> bytes:
    """The body of ``POST chat/completions``. Repeated draws get seeds that follow one another, or they would all be the same."""
    sampling, schema = request.sampling, request.json_schema
    instruction = ""
    if schema is not None and dialect.structure is not Structure.SCHEMA:
        instruction = schema_instruction(schema)
    body: dict[str, object] = {
        "model": model,
        "messages": wire_messages(request.messages, instruction),
        dialect.token_field: sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.seed is not None:
        body["seed"] = sampling.seed + request.sample
    for name in dialect.left_out:
        body.pop(name, None)
    if schema is not None and dialect.structure is Structure.SCHEMA:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": request.role.value, "strict": True, "schema": schema},
        }
    elif schema is not None and dialect.structure is Structure.OBJECT:
        body["response_format"] = {"type": "json_object"}
    return json.dumps(body, separators=(",", ":")).encode("ascii")


def schema_instruction(schema: Mapping[str, Any]) -> str:
    """Asks in the prompt for what a server cannot enforce."""
    return f"Reply with one JSON object that fits this JSON Schema, and with nothing else:\n{json.dumps(schema)}"


def narrowed(dialect: Dialect, request: ChatRequest, refusal: Refused) -> Dialect | None:
    """The next form to try after ``refusal``, or None when the form was not the reason."""
    detail = refusal.detail
    if refusal.final:
        return None
    if "max_completion_tokens" in detail and dialect.token_field == "max_tokens":
        return replace(dialect, token_field="max_completion_tokens")
    if _NOT_SUPPORTED.search(detail):
        for name in _OPTIONAL_FIELDS:
            if name not in dialect.left_out and re.search(rf"\b{name}\b", detail):
                return replace(dialect, left_out=(*dialect.left_out, name))
    if request.json_schema is not None and dialect.structure in _LOOSER:
        return replace(dialect, structure=_LOOSER[dialect.structure])
    return None


def merged(left: Dialect, right: Dialect) -> Dialect:
    """What both have learned: requests that ran side by side may have met different refusals."""
    order = list(Structure)
    return Dialect(
        max(left.structure, right.structure, key=order.index),
        "max_tokens" if left.token_field == right.token_field == "max_tokens" else "max_completion_tokens",
        tuple(sorted({*left.left_out, *right.left_out})),
    )


WireMessage: TypeAlias = dict[str, object]


def data_url(image: Image) -> str:
    """The image's own bytes as an RFC 2397 data URL: no re-encoding, so a model sees what was hashed."""
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode('ascii')}"


def wire_messages(messages: Sequence[Message], instruction: str = "") -> list[WireMessage]:
    """Messages for ``chat/completions``; parts keep their order. ``instruction`` is added as the last text of the last message.

    A message that is one text is sent as a plain string, which servers of text-only models take as well.
    """
    wire: list[WireMessage] = []
    for number, message in enumerate(messages, 1):
        parts = message.parts
        if instruction and number == len(messages):
            parts = (*parts, instruction)
        if len(parts) == 1 and isinstance(parts[0], str):
            wire.append({"role": message.role, "content": parts[0]})
        else:
            wire.append({"role": message.role, "content": [_wire_part(part) for part in parts]})
    return wire


def _wire_part(part: str | Image) -> WireMessage:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    return {"type": "image_url", "image_url": {"url": data_url(part)}}


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
        raise failure.costing(usage) if usage.prompt_tokens else failure  # without tokens it is an error, reported with status 200
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
