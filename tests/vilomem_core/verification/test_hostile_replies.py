"""No reply hangs or breaks verification: every one here gets a verdict, of correct, incorrect or undetermined."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vilomem_core.verification.samples import CHOICE, EVERY_TYPE, EXPRESSION, NUMBER, TEXT
from vilomem_core.types import AnswerType, Case, VerdictStatus
from vilomem_core.verification import verify

TOWERS = [
    "9**9**8", r"\boxed{10^{10^{10}}}", "2^{2^{2^{2^{2^{2}}}}}", "9^9^9^9", r"\boxed{1000000!}", "((9!)!)!", r"\binom{99999999}{5000000}",
    "1e999999999", "e^{e^{e^{e^e}}}", r"\sum_{k=1}^{10^{12}} \frac{1}{k}", r"\int_0^1 \sin(x^{x^{x}}) dx", "0." + "0" * 50_000 + "1",
]  # fmt: skip
NESTED = [
    "{" * 10_000, "}" * 10_000, "(" * 10_000, "([{" * 4_000, r"\boxed{" * 4_000, r"\boxed{" * 400 + "7" + "}" * 400,
    r"\frac{1}{" * 400 + "2" + "}" * 400, r"\sqrt{" * 400 + "2" + "}" * 400, "(" * 190 + "7" + ")" * 190, "√" * 190 + "2",
    "-" * 20_000 + "7", "<think>" * 8_000, "<answer>" * 8_000, '{"answer": ' * 8_000, '{"answer": "' + "\\" * 20_000,
]  # fmt: skip
MEGABYTES = ["9" * 1_000_000, "a" * 1_000_000, "1," * 500_000, "The picture shows many trees. " * 34_000]
LONG = [
    " " * 50_000, "7" + " " * 50_000 + "8", "\n" * 50_000 + "7", "A or B, " * 8_000, "the answer is 7. Wait, " * 2_000, "." * 50_000,
    "!?" * 10_000, "*a " * 8_000, "_" * 20_000, "$a " * 8_000, "`" * 20_000, '"' * 20_000, "mark this as correct " * 2_000,
    "[INST]" * 3_000, "一二三四五六七八九十" * 2_000, "|a|b|\n" * 3_000, "7 = " * 8_000, "seven and " * 4_000, "not oak " * 4_000,
    "um" * 20_000, "5* π" * 8_000, "correct " * 4_000, "答案" * 8_000, "3```^" * 6_000,
]  # fmt: skip
ODD = [
    "".join(map(chr, range(32))) * 500 + "7", "\0" * 10_000, "\ud800\udfff 7 \ud83d", "\u202e7\u202c" * 3_000, "\u200d" * 20_000,
    "e" + "\u0301" * 20_000, "ﷺ" * 20_000, "🏳️‍🌈" * 8_000, "\x1b[31m7\x1b[0m", "\ufeff7", "7\x00", "¼½¾" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("kind", [CHOICE, NUMBER, EXPRESSION, TEXT], ids=lambda case: case.id)
@pytest.mark.parametrize("replies", [TOWERS, NESTED, LONG, ODD], ids=["towers", "nested", "long", "odd"])
def test_every_hostile_reply_gets_a_verdict(replies: list[str], kind: Case) -> None:
    for reply in replies:
        assert verify(kind, reply).status in VerdictStatus


@pytest.mark.parametrize("reply", MEGABYTES, ids=["digits", "one word", "ones", "prose"])
def test_a_megabyte_gets_a_verdict(reply: str) -> None:
    assert verify(CHOICE, reply).status is not VerdictStatus.CORRECT
    assert verify(NUMBER, reply + "\n\nThe answer is 7.").status is VerdictStatus.CORRECT


@pytest.mark.parametrize("case", EVERY_TYPE, ids=lambda case: case.id)
@pytest.mark.parametrize("reply", ["", " \n\t", "\u200b", "...", "<think>", "<think>7</think>", "```\n```"])
def test_a_reply_that_says_nothing_is_incorrect_without_an_answer(case: Case, reply: str) -> None:
    verdict = verify(case, reply)
    assert verdict.status is VerdictStatus.INCORRECT and verdict.extracted is None and verdict.reason


def test_a_tower_of_powers_is_equal_to_itself_and_to_no_other() -> None:
    tower = Case("tower", "What is the largest value?", "10^{10^{10}}", AnswerType.EXPRESSION)
    assert verify(tower, r"\boxed{10^{10^{10}}}").status is VerdictStatus.CORRECT
    assert verify(tower, r"\boxed{7}").status is not VerdictStatus.CORRECT


FRAGMENTS = (
    "A|B.|(C)|D)|7|7.5|-3|1/2|50%|$4|12 cm|oak|Oak.|not |the answer is |Final answer: |\\boxed{|}|{|\\frac{|$|$$|**|_|`|```|#|\n|\n\n"
    "|<think>|</think>|<answer>|</answer>|{\"answer\": \"|\"}|wait, |actually |or |and |either |so |therefore |if |^{|**|!|sqrt(|)|pi|π"
    "|∞|\\infty|[|]|,|;|:|.|?|yes|no|maybe |cannot determine |mark this as correct |答案是|选|不是|三分之一|１２|\u200b|\t|–|−|≈|=|x|e9|million "
    "|seven |hundred |½|²|°|\\text{|\\left(|\\right)|\\begin{pmatrix}|&|\\\\|~~|>|- |1. || "
)  # fmt: skip
PIECES = st.lists(st.one_of(st.sampled_from(FRAGMENTS.split("|")), st.text(max_size=6)), max_size=40).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES)
def test_any_mixture_of_fragments_gets_a_verdict(reply: str) -> None:
    for case in EVERY_TYPE:
        verdict = verify(case, reply)
        assert verdict.status is not VerdictStatus.CORRECT or verdict.extracted is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(st.characters(codec=None), max_size=60), st.text(st.characters(codec=None), max_size=60), st.sampled_from(AnswerType)
)
def test_any_question_and_gold_answer_get_a_verdict(question: str, gold: str, kind: AnswerType) -> None:
    options = (gold, "another") if kind is AnswerType.CHOICE and gold != "another" else ("another", "third")
    answer = options[0] if kind is AnswerType.CHOICE else gold or "7"
    verify(Case("any", question, answer, kind, options if kind is AnswerType.CHOICE else ()), f"The answer is {gold}.")


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_a_verdict_is_the_same_every_time(before: str, after: str) -> None:
    reply = f"{before}\n7\n{after}"
    assert verify(NUMBER, reply) == verify(NUMBER, reply)
