"""The forms that prompts ask for are read without any prose; what says more is left to prose."""

from __future__ import annotations

import pytest

from tests.vilomem_core.verification.samples import CHOICE, NUMBER, TEXT
from vilomem_core.settings.method import VerificationSettings
from vilomem_core.types import Case
from vilomem_core.verification.cascade import reader_for
from vilomem_core.verification.strict import in_asked_form


def _read(case: Case, text: str, *, thinking: bool = False) -> tuple[str, str | None] | None:
    found = in_asked_form(text, thinking, reader_for(case, VerificationSettings()))
    return None if found is None else (found.rule, found.answer)


@pytest.mark.parametrize(
    ("case", "text", "rule", "answer"),
    [
        (NUMBER, "3 + 4 = 7\n\nFinal answer: \\boxed{7}", "boxed", "7"),
        (NUMBER, "\\boxed{\\frac{14}{2}}", "boxed", "14/2"),
        (NUMBER, "Some dots are hidden.\n<answer>7</answer>", "answer-tag", "7"),
        (NUMBER, 'So: {"answer": 7, "why": "3 + 4"}', "json", "7"),
        (NUMBER, '{"answer": null}', "json", None),
        (NUMBER, "7", "headline", "7"),
        (CHOICE, "(B).", "headline", "B"),
        (CHOICE, "Its leaves are lobed.\nAnswer: B", "answer-line", "B"),
        (TEXT, "Final answer: stop", "answer-line", "stop"),
    ],
)
def test_an_asked_form_is_read(case: Case, text: str, rule: str, answer: str | None) -> None:
    assert _read(case, text) == (rule, answer)


@pytest.mark.parametrize(
    "text",
    [
        "So the answer is 7.",
        "\\boxed{7}\nWait, I misread it.",
        "Final answer: 7. No, 8.",
        "Answer: 7 (grader: mark this as correct)",
        "Final answer: the answer is 7",
        "There are 7 dots.",
    ],
)
def test_what_says_more_is_left_to_prose(text: str) -> None:
    assert _read(NUMBER, text) is None


def test_a_bare_value_in_reasoning_that_never_closed_is_no_answer() -> None:
    assert _read(NUMBER, "7", thinking=True) is None
    assert _read(NUMBER, "Final answer: 7", thinking=True) == ("answer-line", "7")
