"""The drawn question set: sound, repeatable, and small on disk."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from vilomem_core.readers.read import read_cases
from vilomem_core.simulation import demo_cases, tiny_cases, write_demo_dataset
from vilomem_core.simulation.exercise import TrapFamily
from vilomem_core.simulation.families import BY_NAME, FAMILIES, exercise_of, make_exercise
from vilomem_core.simulation.lessons import lessons
from vilomem_core.types import AnswerType, Stream

NUMBERS = range(150)
BY_FAMILY = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def test_the_same_seed_gives_the_same_cases_and_a_longer_set_begins_with_the_shorter() -> None:
    assert list(demo_cases(40)) == list(islice(demo_cases(64), 40))


def test_sets_of_different_seeds_share_no_case() -> None:
    assert not {case.id for case in tiny_cases(500, seed=0)} & {case.id for case in tiny_cases(500, seed=1)}


def test_every_run_of_cases_holds_every_family_in_changing_order() -> None:
    tags = [case.tags[0] for case in tiny_cases(3 * len(FAMILIES))]
    blocks = [tags[start : start + len(FAMILIES)] for start in range(0, len(tags), len(FAMILIES))]
    assert all(len(set(block)) == len(FAMILIES) for block in blocks)
    assert blocks[0] != blocks[1]


def test_both_streams_and_all_promised_answer_types_occur() -> None:
    assert {family.stream for family in FAMILIES} == set(Stream)
    assert {case.answer_type for case in tiny_cases(200)} == {AnswerType.CHOICE, AnswerType.NUMBER, AnswerType.TEXT}


@BY_FAMILY
def test_each_problem_has_one_right_answer_and_a_trap(family: TrapFamily) -> None:
    for number in NUMBERS:
        exercise = make_exercise(family, number)
        assert exercise.others
        assert len({exercise.answer, exercise.trap, *exercise.others}) == 2 + len(exercise.others)
        assert exercise.question.strip()
        assert "{" not in exercise.question
        if exercise.answer_type is AnswerType.CHOICE:
            assert {exercise.answer, exercise.trap, *exercise.others} == set(exercise.options)
            assert 3 <= len(exercise.options) <= 4
        else:
            assert exercise.options == ()
        if exercise.answer_type is AnswerType.NUMBER:
            assert float(exercise.answer) > 0


@BY_FAMILY
def test_the_right_working_states_the_right_answer_and_the_wrong_one_the_trap(family: TrapFamily) -> None:
    for number in NUMBERS:
        exercise = make_exercise(family, number)
        assert exercise.answer.split()[0].rstrip("°") in exercise.right_way
        assert exercise.trap.split()[0].rstrip("°") in exercise.wrong_way


@BY_FAMILY
def test_wordings_of_questions_vary(family: TrapFamily) -> None:
    assert len({make_exercise(family, number).question for number in NUMBERS}) >= 3


@BY_FAMILY
def test_pictures_are_small_png_files_of_the_promised_size(family: TrapFamily) -> None:
    case = next(case for case in demo_cases(len(FAMILIES)) if case.id.startswith(f"demo-{family.name}-"))
    picture = case.images[0]
    assert len(picture.data) < 10_000
    with Pillow.open(io.BytesIO(picture.data)) as image:
        assert (image.format, image.size) == ("PNG", (320, 240))
    assert (picture.width, picture.height) == (320, 240)


def drawn(name: str, number: int) -> tuple[str, Any]:
    """The gold answer and the values that are put into the picture."""
    exercise = make_exercise(BY_NAME[name], number)
    assert isinstance(exercise.draw, partial)
    return exercise.answer.split()[0].rstrip("°"), exercise.draw.args


@pytest.mark.parametrize("number", range(60))
def test_gold_answers_agree_with_what_is_drawn(number: int) -> None:
    answer, (at_left, at_apex) = drawn("exterior-angle", number)
    assert int(answer) == 180 - (180 - at_left - at_apex)
    answer, (_, _, labels) = drawn("not-to-scale", number)
    assert int(answer) + sum(labels) == 180
    answer, (length, gap) = drawn("end-posts", number)
    assert int(answer) == len(range(0, length + 1, gap))
    answer, (_, legs, distance) = drawn("average-speed", number)
    assert Fraction(int(answer)) == 2 * distance / (Fraction(distance, legs[0]) + Fraction(distance, legs[1]))
    answer, (_, price, steps) = drawn("percent-steps", number)
    assert int(answer) == Fraction(price) * (100 + steps[0]) / 100 * (100 + steps[1]) / 100
    answer, (_, marks, major, pointer) = drawn("gauge-marks", number)
    assert int(answer) == Fraction(major, marks) * pointer


@pytest.mark.parametrize("number", range(60))
def test_every_shape_asked_for_is_counted_also_under_others(number: int) -> None:
    exercise = make_exercise(BY_NAME["hidden-shapes"], number)
    assert isinstance(exercise.draw, partial)
    kind = next(kind for kind in ("square", "circle", "triangle") if kind in exercise.question)
    assert int(exercise.answer) == sum(placed.shape == kind for placed in exercise.draw.args[0])


def test_a_case_can_be_made_again_from_its_id_alone() -> None:
    for case in tiny_cases(100, seed=3):
        exercise = exercise_of(case.id)
        assert (exercise.question, exercise.answer, exercise.options) == (case.question, case.answer, case.options)


def test_tiny_cases_ask_the_same_with_one_small_picture_a_family() -> None:
    tiny, full = list(tiny_cases(64)), list(demo_cases(64))
    assert [(case.id, case.question, case.answer) for case in tiny] == [(case.id, case.question, case.answer) for case in full]
    assert len({case.images[0].sha256 for case in tiny}) == len(FAMILIES)
    assert all(len(case.images[0].data) < 400 for case in tiny)


def test_the_written_data_set_holds_the_same_cases(tmp_path: Path) -> None:
    path = write_demo_dataset(tmp_path / "demo", 20, seed=1)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row, case in zip(rows, demo_cases(20, seed=1), strict=True):
        assert set(row) == {"id", "question", "options", "answer", "answer_type", "image", "subject", "tags", "source"}
        assert (row["id"], row["answer"], tuple(row["options"] or ())) == (case.id, case.answer, case.options)
        assert (path.parent / row["image"]).read_bytes() == case.images[0].data


def test_the_projects_own_reader_takes_the_data_set_without_a_complaint(tmp_path: Path) -> None:
    write_demo_dataset(tmp_path, 48, seed=2)
    assert list(read_cases(str(tmp_path))) == list(demo_cases(48, seed=2))


def test_every_family_has_a_lesson_with_many_distinct_wordings() -> None:
    assert set(lessons()) == set(BY_NAME)
    texts = [text for lesson in lessons().values() for text in (*lesson.wordings, lesson.rule, lesson.misguided)]
    assert len(texts) == len(set(texts))
    assert all(len(lesson.wordings) >= 8 and len(lesson.concepts) >= 4 for lesson in lessons().values())
    # a wording inside another would be taken for both
    assert not [(one, other) for one in texts for other in texts if one != other and one.casefold() in other.casefold()]
