"""What each benchmark's own grading adds to the generic conventions."""

from __future__ import annotations

import pytest

from tests.vilomem_core.verification.samples import verdict
from vilomem_core.errors import SettingsError
from vilomem_core.types import AnswerType, Case, VerdictStatus
from vilomem_core.verification import PRESETS, VerificationSettings, verify

BENCHMARKS = {"mathvista", "mathvision", "mmmu", "hallusionbench", "mmstar", "realworldqa", "chartqa"}


def _right(question: str, gold: str, reply: str, kind: str = "number", preset: str = "generic") -> bool:
    return verdict(question, gold, reply, kind, preset=preset).status is VerdictStatus.CORRECT


def test_there_is_a_preset_for_every_benchmark_and_one_for_the_rest() -> None:
    assert set(PRESETS) == BENCHMARKS | {"generic"}
    with pytest.raises(SettingsError, match="unknown verification preset 'mmbench'"):
        VerificationSettings(preset="mmbench")  # type: ignore[arg-type]


def test_chartqa_accepts_five_per_cent_and_no_more() -> None:
    question = "How many visitors came in June?"
    assert _right(question, "200", "209", preset="chartqa") and not _right(question, "200", "209")
    assert not _right(question, "200", "211", preset="chartqa")
    case = Case("own", question, "200", AnswerType.NUMBER, tolerance=0.01)  # a tolerance of the case itself comes first
    assert verify(case, "209", VerificationSettings(preset="chartqa")).status is VerdictStatus.INCORRECT


def test_mmmu_rounds_to_two_decimals_and_takes_any_of_several_gold_answers() -> None:
    question = "What is the terminal voltage?"
    assert _right(question, "12", "12.004", preset="mmmu") and not _right(question, "12", "12.004")
    golds = "['lymph node', 'lymphatic node']"
    assert _right("Which organ is it?", golds, "a lymphatic node", "text", "mmmu")
    assert not _right("Which organ is it?", golds, "the spleen", "text", "mmmu")


def test_hallusionbench_reads_every_answer_as_yes_or_no() -> None:
    question = "Is the left line longer than the right line?"
    assert _right(question, "0", "No, both are of equal length.", "text", "hallusionbench")
    assert _right(question, "1", "Yes.", "text", "hallusionbench")
    assert not _right(question, "1", "They are equally long.", "text", "hallusionbench")


@pytest.mark.parametrize("preset", ["mathvista", "mathvision", "mmstar", "realworldqa"])
def test_the_others_grade_by_the_generic_conventions(preset: str) -> None:
    assert _right("What is x to two decimals?", "3.14", "3.1416", preset=preset)
    assert not _right("What is x to two decimals?", "3.14", "3.1", preset=preset)
    assert _right("Which animal is it?", "dog", "A dog.", "text", preset)


def test_a_gold_answer_that_is_neither_yes_nor_no_is_a_fault_of_the_data_not_of_the_reply() -> None:
    assert verdict("Is it red?", "maybe", "Yes.", "text", preset="hallusionbench").status is VerdictStatus.UNDETERMINED
