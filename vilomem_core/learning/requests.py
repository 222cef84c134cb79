"""What is asked of each role, and how the replies of analyst and critics are read: pure functions.

The images and the question come first and are the same for analyst, solver and visual critic; what varies comes last, so that an
engine with a prefix cache reads the pictures once a case.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vilomem_core.errors import ReplyUnusable
from vilomem_core.json_reply import parse_object
from vilomem_core.prompts import fence, fill, template
from vilomem_core.protocols import ChatReply, ChatRequest, Message, Sampling
from vilomem_core.types import Analysis, AnswerType, Attempt, Case, Image, Reflection, Role, Stream, option_letter

ANSWER_FORMS = {
    AnswerType.CHOICE: "Answer with the letter of one option.",
    AnswerType.NUMBER: "Answer with a number.",
    AnswerType.EXPRESSION: "Answer with a mathematical expression.",
    AnswerType.TEXT: "Answer in a few words.",
}

# Field names as in the paper's prompts. The strings have no maxLength: with one, xgrammar (vLLM, SGLang) takes 20 CPU seconds to
# compile the schema for a vocabulary of 151,000, and shuts quotes and LaTeX's backslashes out. max_tokens bounds the reply, and the
# gate the guideline.
_SUMMARY = {"type": "string"}
_GUIDELINE = {"anyOf": [{"type": "string"}, {"type": "null"}]}
VISUAL_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"is_visual_error": {"type": "boolean"}, "analysis_summary": _SUMMARY, "guideline": _GUIDELINE},
    "required": ["is_visual_error", "analysis_summary", "guideline"],
    "additionalProperties": False,
}
LOGIC_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "error_type": {"type": "string", "enum": ["Logical", "Non-Logical"]},
        "analysis_summary": _SUMMARY,
        "guideline": _GUIDELINE,
    },
    "required": ["error_type", "analysis_summary", "guideline"],
    "additionalProperties": False,
}

_SUBJECT = re.compile(r"subject\W*:\W*([^\n;]+)", re.I)
_CONCEPTS = re.compile(r"key\s*concepts?\W*:\W*([^\n]+)", re.I)
MAX_CONCEPTS = 12
VOTING_TEMPERATURE = 0.7  # greedy samples would all be the reply that is voted on


def analysis_request(case: Case, sampling: Sampling) -> ChatRequest:
    """Subject and key concepts, before solving."""
    return _request(Role.ANALYST, case, case.images, template("analyze"), sampling)


def solve_request(
    case: Case, memory_section: str, heatmaps: tuple[Image, ...], sampling: Sampling, mode: str = "overlay"
) -> ChatRequest:
    """The solver's request. With an empty section and no heatmaps it is the baseline request, to the byte.

    ``mode`` is what the heatmaps are: ``overlay`` or ``crop``.
    """
    task = [fill("solve", {"form": ANSWER_FORMS[case.answer_type]})]
    if heatmaps:
        task.insert(0, fill(f"solve_{mode}", {"count": str(len(heatmaps))}))
    if memory_section:
        task.insert(0, memory_section)
    return _request(Role.SOLVER, case, case.images + heatmaps, "\n\n".join(task), sampling)


def sample_request(request: ChatRequest, number: int) -> ChatRequest:
    """``request`` as sample ``number``, drawn with temperature and a seed of its own where seeds are set."""
    sampling = request.sampling
    seed = None if sampling.seed is None else sampling.seed + number
    return replace(
        request, sampling=replace(sampling, temperature=max(sampling.temperature, VOTING_TEMPERATURE), seed=seed), sample=number
    )


def visual_critic_request(case: Case, attempt: Attempt, sampling: Sampling) -> ChatRequest:
    """The visual critic sees every image of the case (ViLoMem, sec. 3.2)."""
    task = fill("visual_critic", _critic_values(case, attempt))
    return _request(Role.VISUAL_CRITIC, case, case.images, task, sampling, VISUAL_SCHEMA)


def logic_critic_request(case: Case, attempt: Attempt, sampling: Sampling) -> ChatRequest:
    """The logic critic sees text only (ViLoMem, sec. 3.2)."""
    return _request(Role.LOGIC_CRITIC, case, (), fill("logic_critic", _critic_values(case, attempt)), sampling, LOGIC_SCHEMA)


def question_block(case: Case) -> str:
    """The question, and the options with their letters, each fenced."""
    block = fill("question", {"question": fence(case.question)})
    if case.options:
        lines = "\n".join(f"({option_letter(index)}) {option}" for index, option in enumerate(case.options))
        block += "\n\n" + fill("options", {"options": fence(lines)})
    return block


def request_digest(request: ChatRequest) -> str:
    """SHA-256 of what the model is sent: texts and image hashes in order, sampling and schema."""
    digest = hashlib.sha256(repr((request.role, request.sampling, request.json_schema)).encode())
    for message in request.messages:
        digest.update(message.role.encode())
        for part in message.parts:
            digest.update(b"\0" + (part.sha256 if isinstance(part, Image) else part).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _critic_values(case: Case, attempt: Attempt) -> dict[str, str]:
    gold = case.answer or attempt.verdict.reason  # without gold answer: what most samples say
    letter = case.answer_letter
    return {
        "reply": fence(attempt.reply),
        "extracted": fence(attempt.verdict.extracted or "none was committed to"),
        "answer": fence(f"({letter}) {gold}" if letter else gold),
    }


def _request(
    role: Role, case: Case, images: tuple[Image, ...], task: str, sampling: Sampling, schema: Mapping[str, Any] | None = None
) -> ChatRequest:
    user = Message("user", (*images, question_block(case), task))
    return ChatRequest(role, case.id, (Message("system", (template("system"),)), user), sampling, schema)


def parse_analysis(text: str) -> Analysis:
    """Reads ``Subject: …`` and ``Key Concepts: …``, on two lines or with a semicolon between them. Raises ``ReplyUnusable`` without either."""
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
