"""What the analyst and the critics replied, as records."""

from __future__ import annotations

import re

from vilomem_core.errors import ReplyUnusable
from vilomem_core.json_reply import parse_object
from vilomem_core.protocols import ChatReply
from vilomem_core.types import Analysis, Reflection, Stream

_SUBJECT = re.compile(r"subject\W*:\W*([^\n;]+)", re.I)
_CONCEPTS = re.compile(r"key\s*concepts?\W*:\W*([^\n]+)", re.I)
MAX_CONCEPTS = 12


def parse_analysis(text: str) -> Analysis:
    """Reads ``Subject: …`` and ``Key Concepts: …``, on lines or parted by a semicolon. Raises ``ReplyUnusable`` without either."""
    subject, concepts = _SUBJECT.search(text), _CONCEPTS.search(text)
    if subject is None or concepts is None:
        raise ReplyUnusable("the analysis names no subject or no key concepts", "It begins: " + " ".join(text[:80].split()))
    names = [name.strip(" .*`\"'") for name in re.split(r"[,;]", concepts[1])]
    return Analysis(subject[1].strip(" .*`\"'"), tuple(name for name in names if name)[:MAX_CONCEPTS])


def parse_reflection(reply: ChatReply, attempt_id: str, stream: Stream) -> Reflection:
    """Reads a critic's JSON reply. Raises ``ReplyUnusable`` when the verdict field is missing or of another kind.

    A critic that blames its stream but gives no guideline, and one that gives a guideline without blaming its stream, both yield
    ``guideline=None``: only a blamed stream teaches.
    """
    fields = parse_object(reply.text)
    is_error = _visual_error(fields) if stream is Stream.VISUAL else _logical_error(fields)
    summary = fields.get("analysis_summary")
    guideline = fields.get("guideline")
    if not isinstance(guideline, str) or not guideline.strip() or not is_error:
        guideline = None
    return Reflection(
        attempt_id=attempt_id,
        stream=stream,
        is_error=is_error,
        summary=summary if isinstance(summary, str) else "",
        guideline=" ".join(guideline.split()) if guideline else None,
        model=reply.model,
        usage=reply.usage,
    )


def _visual_error(fields: dict[str, object]) -> bool:
    value = fields.get("is_visual_error")
    if isinstance(value, str) and value.strip().casefold() in {"true", "false"}:
        return value.strip().casefold() == "true"
    if not isinstance(value, bool):
        raise ReplyUnusable("the visual critic's reply has no true or false in is_visual_error")
    return value


def _logical_error(fields: dict[str, object]) -> bool:
    value = fields.get("error_type")
    kind = re.sub(r"[^a-z]", "", value.casefold()) if isinstance(value, str) else ""
    if kind not in {"logical", "nonlogical"}:
        raise ReplyUnusable("the logic critic's reply has neither Logical nor Non-Logical in error_type")
    return kind == "logical"
