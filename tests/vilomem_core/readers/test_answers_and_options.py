"""Gold answers and options in the forms that data sets write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vilomem_core.readers import Problem, Severity
from vilomem_core.readers.answers import list_in_text
from vilomem_core.types import AnswerType, Case

ReadRow = Callable[..., tuple[Case | None, list[Problem]]]
OPEN: dict[str, object] = {"options": None, "answer_type": ...}


@pytest.mark.parametrize(
    ("answer", "answer_type"),
    [
        (5, AnswerType.NUMBER),
        ("-7", AnswerType.NUMBER),
        ("1,234.50", AnswerType.NUMBER),
        ("2e-3", AnswerType.NUMBER),
        (".5", AnswerType.NUMBER),
        ("50%", AnswerType.NUMBER),
        ("7/3", AnswerType.EXPRESSION),
        ("$\\frac{1}{2}$", AnswerType.EXPRESSION),
        ("x^2", AnswerType.EXPRESSION),
        ("4:45", AnswerType.TEXT),
        ("(8,8)", AnswerType.TEXT),
        ("blue", AnswerType.TEXT),
        (True, AnswerType.TEXT),
    ],
)
def test_type_of_an_open_answer_is_inferred(read_row: ReadRow, answer: object, answer_type: AnswerType) -> None:
    case, problems = read_row(**OPEN, answer=answer)
    assert case is not None
    assert case.answer_type is answer_type
    assert not problems


def test_declared_type_is_kept_and_numbers_keep_their_digits(
    write_jsonl: Callable[..., object], row: Callable[..., dict], read: ReadRow
) -> None:
    line = b'{"id":"a","question":"How many?","answer":0.50,"answer_type":"Number","image":"images/red.png"}'
    text = row(id="b", options=None, answer="275", answer_type="text")
    cases, problems = read(write_jsonl(line, text))  # type: ignore[misc]
    assert [(case.answer, case.answer_type) for case in cases] == [("0.50", AnswerType.NUMBER), ("275", AnswerType.TEXT)]
    assert not problems


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"9" * 10_000, b"1e400"])
@pytest.mark.parametrize("declared", [b'"answer_type":"number",', b""])
def test_numbers_that_are_none_are_refused(
    write_jsonl: Callable[..., object], read: ReadRow, number: bytes, declared: bytes
) -> None:
    line = b'{"id":"a","question":"How many?",' + declared + b'"answer":' + number + b',"image":"images/red.png"}'
    cases, problems = read(write_jsonl(line))  # type: ignore[misc]
    assert not cases
    assert problems[0].kind == "answer_not_a_number"
    assert len(problems[0].reason) < 200


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"answer": None}, "answer_missing"),
        ({"answer": " "}, "answer_missing"),
        ({"answer": ...}, "answer_missing"),
        ({"answer": ["5"]}, "answer_not_text"),
        ({"answer": "7"}, "answer_not_in_options"),
        ({"answer": "D"}, "answer_not_in_options"),
        ({"answer_letter": "C"}, "answer_letter_differs"),
        ({"answer_type": "essay"}, "answer_type_unknown"),
        ({"options": None}, "options_missing"),
        ({"options": None, "answer_type": "number", "answer": "about five"}, "answer_not_a_number"),
        ({"options": None, "answer_type": "number", "answer": "1/0"}, "answer_not_a_number"),
        ({"options": ["5", "5", "6"]}, "options_duplicate"),
        ({"options": ["5"]}, "options_too_few"),
        ({"options": ["5", "", "6"]}, "options_empty"),
        ({"options": ["5", None]}, "options_empty"),
        ({"options": [["5"], "6"]}, "options_not_text"),
        ({"options": "4, 5, 6"}, "options_not_a_list"),
        ({"options": 5}, "options_not_a_list"),
        ({"options": {"A": "5", "C": "6"}}, "options_empty"),
        ({"options": {"A": "5", "a": "6"}}, "options_duplicate"),
        ({"options": ["5", "x" * 50_000]}, "options_too_long"),
        ({"options": None, "answer_type": "text", "answer": "x" * 50_001}, "answer_too_long"),
    ],
)
def test_bad_answers_and_options_are_refused_with_their_kind(read_row: ReadRow, changes: dict[str, object], kind: str) -> None:
    case, problems = read_row(**changes)
    assert case is None
    assert [problem.kind for problem in problems] == [kind]


@pytest.mark.parametrize(
    ("options", "answer", "expected"),
    [
        ([" Yes", "no"], "yes", "Yes"),
        (["a  b", "c"], "A B", "a  b"),
        ([4, 5, 6], 5, "5"),
        ([True, False], True, "true"),
        ({"B": "5", "A": "4"}, "5", "5"),
        ({"a": "4", "b": "5", "c": None}, "5", "5"),
        (["C", "B", "A"], "C", "C"),
        (["X", "x"], "x", "x"),
    ],
)
def test_answer_is_found_among_the_options(read_row: ReadRow, options: object, answer: object, expected: str) -> None:
    case, problems = read_row(options=options, answer=answer, answer_type="choice")
    assert case is not None
    assert case.answer == expected
    assert not [problem for problem in problems if problem.kind != "answer_ambiguous"]


@pytest.mark.parametrize("answer", ["B", "b", "(B)", "B.", "B:"])
def test_letter_in_our_own_form_is_taken_and_reported(read_row: ReadRow, answer: str) -> None:
    case, problems = read_row(answer=answer)
    assert case is not None
    assert (case.answer, case.answer_letter) == ("5", "B")
    assert [(problem.kind, problem.severity) for problem in problems] == [("answer_not_in_options", Severity.CONVERSION)]


def test_letter_in_an_upstream_form_needs_no_message(read_row: ReadRow) -> None:
    case, problems = read_row(answer="B", answer_type=...)
    assert case is not None
    assert case.answer == "5"
    assert not problems


def test_letter_that_is_also_the_text_of_another_option_is_reported(read_row: ReadRow) -> None:
    upstream, problems = read_row(options=["none", "D", "M", "T"], answer="D", answer_type=...)
    assert upstream is not None
    assert upstream.answer == "T"
    assert [(problem.kind, problem.severity) for problem in problems] == [("answer_ambiguous", Severity.WARNING)]
    ours, problems = read_row(options=["none", "D", "M", "T"], answer="D", answer_type="choice")
    assert ours is not None
    assert ours.answer == "D"
    assert [problem.kind for problem in problems] == ["answer_ambiguous"]


def test_latex_under_type_number_becomes_an_expression(read_row: ReadRow) -> None:
    case, problems = read_row(options=None, answer_type="number", answer="$\\frac{16}{7}$")
    assert case is not None
    assert case.answer_type is AnswerType.EXPRESSION
    assert [(problem.kind, problem.severity) for problem in problems] == [("answer_type_changed", Severity.CONVERSION)]


def test_options_make_a_choice_whatever_type_is_declared(read_row: ReadRow) -> None:
    case, problems = read_row(answer_type="number")
    assert case is not None
    assert case.answer_type is AnswerType.CHOICE
    assert [problem.kind for problem in problems] == ["answer_type_changed"]


def test_options_written_as_text_are_read_and_reported(read_row: ReadRow) -> None:
    case, problems = read_row(options="['4', '5', \"6's\"]")
    assert case is not None
    assert case.options == ("4", "5", "6's")
    assert [(problem.kind, problem.severity) for problem in problems] == [("options_not_a_list", Severity.CONVERSION)]


@pytest.mark.parametrize(
    "items",
    [["4", "5"], ["it's", 'say "x"'], ["$\\frac{1}{2}$", "a, b", "[c]"], ["α", "line\nbreak", "tab\t"], [], ["", "x"]],
)
def test_lists_written_by_python_come_back(items: list[str]) -> None:
    assert list_in_text(repr(items)) == items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('["a", "b\\u00e9"]', ["a", "bé"]),
        ("['4' '5' '6']", ["4", "5", "6"]),
        ("['4' '5'\n '6']", ["4", "5", "6"]),
        ("[4, 5.5]", ["4", "5.5"]),
        ("__import__('os')", None),
        ("['a', 'b", None),
        ("[['a'], 'b']", None),
        ("['a'] + ['b']", None),
    ],
)
def test_other_lists_in_text(text: str, items: list[str] | None) -> None:
    assert list_in_text(text) == items
