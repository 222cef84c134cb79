"""Without a gold answer nobody can tell, unless a vote of samples is asked for; the vote is recorded as what it is."""

from __future__ import annotations

from dataclasses import replace

from tests.vilomem_core.verification.samples import CHOICE, EVERY_TYPE, EXPRESSION, NUMBER, TEXT
from vilomem_core.types import Case, VerdictStatus
from vilomem_core.verification import verify, verify_by_majority

OPEN = {case.id: replace(case, answer=None) for case in (CHOICE, NUMBER, EXPRESSION, TEXT)}


def _vote(case: Case, reply: str, *samples: str) -> tuple[VerdictStatus, str]:
    verdict = verify_by_majority(case, reply, samples)
    return verdict.status, verdict.method


def test_no_gold_answer_is_undetermined_whatever_the_reply() -> None:
    for case in EVERY_TYPE:
        verdict = verify(replace(case, answer=None), "The answer is 7.")
        assert (verdict.status, verdict.reason) == (VerdictStatus.UNDETERMINED, "the case has no gold answer")


def test_a_majority_decides_and_names_its_votes() -> None:
    assert _vote(OPEN["choice"], "B", "(B)", "Answer: B", "C") == (VerdictStatus.CORRECT, "self-consistency 2/3")
    assert _vote(OPEN["choice"], "C", "(B)", "Answer: B", "C") == (VerdictStatus.INCORRECT, "self-consistency 2/3")


def test_equal_values_in_other_writings_are_one_vote() -> None:
    assert _vote(OPEN["number"], "0.5", "1/2", "\\frac{1}{2}", "3")[0] is VerdictStatus.CORRECT
    assert _vote(OPEN["expression"], "\\sqrt{12}", "2\\sqrt{3}", "2√3", "4")[0] is VerdictStatus.CORRECT
    assert _vote(OPEN["text"], "USA", "the United States", "U.S.A.", "Mexico")[0] is VerdictStatus.CORRECT


def test_half_of_the_samples_are_no_majority_and_silent_ones_count() -> None:
    assert _vote(OPEN["number"], "7", "7", "8") == (VerdictStatus.UNDETERMINED, "self-consistency")
    assert _vote(OPEN["number"], "7", "7", "I cannot tell.", "") == (VerdictStatus.UNDETERMINED, "self-consistency")
    assert _vote(OPEN["number"], "7")[0] is VerdictStatus.UNDETERMINED


def test_a_reply_without_an_answer_is_not_what_the_majority_says() -> None:
    assert _vote(OPEN["number"], "I cannot tell.", "7", "7", "7")[0] is VerdictStatus.INCORRECT
