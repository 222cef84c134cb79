"""A model whose answers are known beforehand, in process or behind a server: right or wrong by the case's id alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from tests.support.fake_openai import Received, unit
from vilomem_core.learning.plan import CaseWork
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.types import Case, Role, Usage

WRONG = 0.4
MARK = "What is the answer to this?"  # begins the question's id, which a server finds in the prompt
CRITIC = json.dumps(
    {
        "is_visual_error": True,
        "error_type": "Logical",
        "analysis_summary": "It read the wrong label.",
        "guideline": "In a bar chart with two scales, find out which scale a bar belongs to before reading its height.",
    }
)
ANALYSIS = "Subject: reading charts\nKey Concepts: bar chart, scale, axis labels"


class Canned:
    """Answers at once; whether an answer is right depends on the case's id alone."""

    name = "canned"

    def __init__(self, cases: Sequence[Case]) -> None:
        self._gold = {case.id: case.answer_letter or case.answer or "" for case in cases}

    async def complete(self, request: ChatRequest) -> ChatReply:
        if request.role is Role.SOLVER:
            text = solution(request.case_id, self._gold[request.case_id])
        else:
            text = ANALYSIS if request.role is Role.ANALYST else CRITIC
        return ChatReply(text, self.name, usage=Usage(1, 500, 50, 0.0))

    async def aclose(self) -> None: ...


def solution(case_id: str, gold: str) -> str:
    """A short solution, wrong for ``WRONG`` of the cases: another letter, another number, or a word."""
    answer = gold
    if unit(case_id) < WRONG:
        answer = (
            ("B" if gold == "A" else "A") if len(gold) == 1 and gold.isupper() else f"1{gold}" if gold[:1].isdigit() else "neither"
        )
    return f"Step 1: read the figure and its labels.\nStep 2: compute.\nFinal answer: \\boxed{{{answer}}}"


def marked(cases: Sequence[Case]) -> list[CaseWork]:
    """Cases whose gold answer a server can find in the prompt."""
    return [
        CaseWork(replace(case, question=f"{case.question} {MARK} [{case.id}:{case.answer_letter or case.answer}]"))
        for case in cases
    ]


def reply(request: Received) -> str:
    if "response_format" in request.body:
        return CRITIC
    text = " ".join(part for part in request.parts if not part.startswith("data:"))
    if "Do not solve the problem" in text:
        return ANALYSIS
    case_id, gold = text.partition(MARK + " [")[2].partition("]")[0].rsplit(":", 1)
    return solution(case_id, gold)
