"""Which parts of the chat protocol a server takes: it starts with all, and narrows by what the server refuses.

Structured output falls back from a JSON schema to "any JSON object" to a plain instruction. Hosted reasoning models that know
``max_completion_tokens`` only, or no temperature, are met the same way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from vilomem_core.backends.chat.failures import Refused
from vilomem_core.backends.chat.media import wire_messages
from vilomem_core.protocols import ChatRequest


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
    """Asks in words for what a server cannot enforce."""
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
