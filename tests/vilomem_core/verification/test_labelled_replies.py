"""Verdicts and extracted answers on labelled replies: our own 1,400, the given corpus, and harmless rewrites of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vilomem_core.scoring.verification import VerificationScore, read_labelled, score
from vilomem_core.types import AnswerType, Case, VerdictStatus
from vilomem_core.verification import VerificationSettings, verify

OWN = Path(__file__).with_name("replies.jsonl")  # labelled by the conventions, and each written before the rules had seen it
UNHURRIED = VerificationSettings(algebra_limit_s=60.0)  # no verdict here may depend on how busy the machine is
FULL_WIDTH = str.maketrans(
    {"(": "（", ")": "）", ":": "：", **{chr(code): chr(code + 0xFEE0) for code in range(ord("0"), ord("9") + 1)}}
)
REWRITES: dict[str, Callable[[str], str]] = {
    "blanks around": lambda reply: f"\n\n  {reply} \t\n",
    "zero-width characters": lambda reply: reply.replace(" ", " \u200b"),
    "line ends of Windows": lambda reply: reply.replace("\n", "\r\n"),
    "reasoning before": lambda reply: f"<think>Is it the first one? No: 4711.</think>\n{reply}",
    "fenced": lambda reply: f"```\n{reply}\n```",
}


@pytest.fixture(scope="module")
def own() -> VerificationScore:
    return score(OWN, UNHURRIED)


def test_our_own_labels_are_met(own: VerificationScore) -> None:
    assert [one.labelled.case.id for one in own.disagreements] == []
    assert own.extraction_agreement >= 0.98


def test_every_category_of_the_conventions_is_there(own: VerificationScore) -> None:
    assert len(own.by_category()) >= 41 and len(own.replies) >= 1_400


def test_the_given_corpus_is_met(shared_data: Path) -> None:
    found = score(shared_data / "verification" / "cases.jsonl", UNHURRIED)
    assert found.agreement >= 0.97 and found.false_accept_rate <= 0.01
    assert found.extraction_agreement >= 0.95 and found.same_as_agreement == 1.0


@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_harmless_rewrite_keeps_the_verdict(own: VerificationScore, rewrite: str) -> None:
    plain = [one for one in own.replies if "<" not in one.labelled.reply and "`" not in one.labelled.reply][::2]
    changed = [
        one.labelled.case.id
        for one in plain
        if verify(one.labelled.case, REWRITES[rewrite](one.labelled.reply), UNHURRIED).status is not one.status
    ]
    assert changed == []


def test_full_width_characters_mean_the_same() -> None:
    chosen = [one for one in read_labelled(OWN) if one.category == "chinese_response"]
    for one in chosen:
        wide = verify(one.case, one.reply.translate(FULL_WIDTH))
        assert wide.status is verify(one.case, one.reply).status, one.reply


def _other_golds(case: Case, texts: list[str]) -> list[str]:
    """Gold answers that a reply which is right for ``case`` must be wrong for."""
    gold = case.answer or ""
    if case.answer_type is AnswerType.CHOICE:
        return [option for option in case.options if option != gold]
    if case.answer_type is AnswerType.NUMBER:
        return [str(int(gold) + 1)] if gold.isdigit() and case.tolerance is None else []
    if gold.casefold() in {"yes", "no"}:
        return ["No" if gold.casefold() == "yes" else "Yes"]
    return [text for text in texts if text.casefold() not in gold.casefold() and gold.casefold() not in text.casefold()]


def test_a_right_reply_is_wrong_for_another_gold_answer(own: VerificationScore) -> None:
    texts = ["open", "right", "correct", "seven", "on the left", "green and white", "[2007, 2008]", "red"]
    right = [
        one.labelled for one in own.replies if one.labelled.correct and one.labelled.case.answer_type is not AnswerType.EXPRESSION
    ]
    accepted = [
        (one.case.question, gold, one.reply)
        for one in right
        for gold in _other_golds(one.case, texts)
        if verify(replace(one.case, answer=gold), one.reply).status is VerdictStatus.CORRECT
    ]
    assert accepted == []
