"""Messages with images in the form that OpenAI-compatible servers read."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeAlias

from vilomem_core.protocols import Message
from vilomem_core.types import Image

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
