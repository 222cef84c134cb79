"""JSONL: what is a row, and which line said so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vilomem_core.readers import Problem, Severity, read_cases
from vilomem_core.types import AnswerType, Case

Rows = Callable[..., dict[str, object]]
Read = Callable[..., tuple[list[Case], list[Problem]]]


def test_good_row_becomes_a_case(write_jsonl: Callable[..., Path], row: Rows, read: Read, red: bytes) -> None:
    extra = {"subject": "algebra", "tags": ["level:2", "scene"], "source": "made", "tolerance": 0.05, "unknown": {"x": [1]}}
    cases, problems = read(write_jsonl(row(**extra)))
    assert not problems
    case = cases[0]
    assert (case.id, case.question, case.options, case.answer) == ("q", "What number?", ("4", "5", "6"), "5")
    assert (case.answer_type, case.answer_letter, case.tolerance) == (AnswerType.CHOICE, "B", 0.05)
    assert (case.subject, case.tags, case.source) == ("algebra", ("level:2", "scene"), "made")
    assert [image.data for image in case.images] == [red]


def test_line_numbers_are_true_beside_blank_lines_and_crlf(folder: Path, row: Rows, read: Read) -> None:
    good, bad = json.dumps(row(id="a")), json.dumps(row(id="b", question=""))
    (folder / "cases.jsonl").write_bytes(f"\ufeff\r\n{good}\r\n   \r\n\r\n{bad}".encode())
    cases, problems = read(folder)
    assert [case.id for case in cases] == ["a"]
    assert [(problem.line, problem.row, problem.id) for problem in problems] == [(5, 2, "b")]
    assert str(problems[0]).startswith(f"{folder / 'cases.jsonl'}, line 5 (row 2, id b): ")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"id": "b", "question": "cut', "invalid_json"),
        (b"[1, 2, 3]", "row_not_an_object"),
        (b'"text"', "row_not_an_object"),
        (b"7", "row_not_an_object"),
        (b'{"id": "\xff\xfe"}', "invalid_utf8"),
        (b'{"id": ' + b"[" * 200_000, "invalid_json"),
        (b'{"id": "b", "answer": "5", "answer": "4"}', "duplicate_key"),
        (b'{"id": "b", "meta": {"k": 1, "k": 2}}', "duplicate_key"),
    ],
)
def test_broken_line_is_named_and_the_others_load(
    line: bytes, kind: str, write_jsonl: Callable[..., Path], row: Rows, read: Read
) -> None:
    cases, problems = read(write_jsonl(row(id="a"), line, row(id="c")))
    assert [case.id for case in cases] == ["a", "c"]
    assert [(problem.kind, problem.line) for problem in problems] == [(kind, 2)]
    assert "line 2" in problems[0].reason


@pytest.mark.parametrize(
    ("content", "kind", "word"),
    [
        (b"", "no_rows", "0 rows"),
        (b"\n \n", "no_rows", "0 rows"),
        (b'[{"id": 1},\n{"id": 2}]', "not_jsonl", "array"),
        (b'[{"id": 1}]', "not_jsonl", "array"),
        (b'{\n"id": 1\n}', "not_jsonl", "one line"),
        ('{"id": 1}\n'.encode("utf-16"), "invalid_utf8", "UTF-16"),
        ('{"id": 1}\n'.encode("utf-16-le"), "invalid_utf8", "UTF-16"),
    ],
)
def test_file_that_is_no_jsonl_gives_one_problem(folder: Path, read: Read, content: bytes, kind: str, word: str) -> None:
    (folder / "cases.jsonl").write_bytes(content)
    cases, problems = read(folder)
    assert not cases
    assert [(problem.kind, problem.row) for problem in problems] == [(kind, None)]
    assert word in problems[0].reason


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"id": ...}, "id_missing"),
        ({"id": ""}, "id_missing"),
        ({"id": "../x"}, "id_unsafe"),
        ({"id": "/etc/x"}, "id_unsafe"),
        ({"id": "a\\b"}, "id_unsafe"),
        ({"id": "x" * 201}, "id_too_long"),
        ({"id": ["x"]}, "id_not_text"),
        ({"question": None}, "question_empty"),
        ({"question": " \t\u00a0\u200b"}, "question_empty"),
        ({"question": "x" * 50_001}, "question_too_long"),
        ({"question": "half \ud800"}, "invalid_text"),
        ({"question": {"text": "x"}}, "question_not_text"),
        ({"tolerance": "much"}, "tolerance_invalid"),
        ({"tolerance": -1}, "tolerance_invalid"),
        ({"image": None}, "image_missing"),
        ({"image": ...}, "image_missing"),
        ({"image": []}, "image_missing"),
        ({"image": [None]}, "image_missing"),
        ({"image": ""}, "image_missing"),
        ({"image": 7}, "image_missing"),
        ({"image": [["images/red.png"]]}, "image_reference_unsupported"),
        ({"image": "images/none.png"}, "image_missing"),
        ({"image": "images"}, "image_not_a_file"),
        ({"image": "https://example.org/a.png?key=secret"}, "image_reference_unsupported"),
        ({"image": "data:image/png;base64,AAAA"}, "image_reference_unsupported"),
        ({"image": "../secret.png"}, "image_path_outside"),
        ({"image": "/etc/hostname"}, "image_path_outside"),
        ({"image": "images/../../secret.png"}, "image_path_outside"),
        ({"image": "images/a\0.png"}, "image_unreadable"),
        ({"image": "x" * 5000}, "image_unreadable"),
        ({"image": ["images/red.png"] * 17}, "image_too_many"),
    ],
)
def test_bad_row_is_refused_with_its_kind(read_row: Read, changes: dict[str, object], kind: str) -> None:
    case, problems = read_row(**changes)
    assert case is None
    assert [(problem.kind, problem.severity) for problem in problems] == [(kind, Severity.REJECT)]
    assert len(str(problems[0])) < 500
    assert str(problems[0]).isprintable()


@pytest.mark.parametrize("name", ["7", "a b", "val/Accounting_1", "größe-é", "x.y", "q:1"])
def test_ids_of_real_data_sets_are_accepted(read_row: Read, name: str) -> None:
    case, problems = read_row(id=name)
    assert case is not None
    assert case.id == name
    assert not problems


def test_whole_number_ids_become_text(read_row: Read) -> None:
    case, problems = read_row(id=7)
    assert case is not None
    assert case.id == "7"
    assert not problems


def test_link_that_leads_out_of_the_folder_is_not_followed(folder: Path, read_row: Read, red: bytes) -> None:
    (folder.parent / "secret.png").write_bytes(red)
    (folder / "images" / "link.png").symlink_to(folder.parent / "secret.png")
    case, problems = read_row(image="images/link.png")
    assert case is None
    assert problems[0].kind == "image_path_outside"
    assert "images/link.png" in problems[0].reason


def test_link_that_stays_in_the_folder_is_followed(folder: Path, read_row: Read) -> None:
    (folder / "images" / "link.png").symlink_to("red.png")
    case, _ = read_row(image="images/link.png")
    assert case is not None


def test_image_root_moves_the_fence(folder: Path, read_row: Read, red: bytes) -> None:
    (folder.parent / "images").mkdir()
    for name in ("red.png", "other.png"):
        (folder.parent / "images" / name).write_bytes(red)
    case, _ = read_row({"image_root": str(folder.parent)}, image="images/other.png")
    assert case is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"image": ["images/red.png", "images/blue.png"]},
        {"image": ..., "images": ["images/red.png", "images/blue.png"]},
        {"image": "images/blue.png", "images": ["images/red.png", "images/blue.png"]},
        {"image": ..., "image2": "images/blue.png", "image1": "images/red.png"},
        {"image_2": "images/blue.png", "image_3": None},
    ],
)
def test_several_pictures_in_every_spelling_keep_their_order(
    read_row: Read, red: bytes, blue: bytes, changes: dict[str, object]
) -> None:
    case, problems = read_row(question="Is <image1> redder than <image2>?", **changes)
    assert case is not None
    assert not problems
    assert [image.data for image in case.images] == [red, blue]
    assert case.question == "Is <image1> redder than <image2>?"


def test_placeholder_of_a_single_picture_goes(read_row: Read) -> None:
    case, _ = read_row(question="Look (see below).\n<image1>\nHow many?")
    assert case is not None
    assert case.question == "Look (see below). How many?"


def test_control_codes_are_removed_and_reported_but_never_printed(read_row: Read) -> None:
    case, problems = read_row(question="What\x00 number\x1b[31m?\r\nNow\ttell.")
    assert case is not None
    assert case.question == "What number[31m?\nNow\ttell."
    assert [(problem.kind, problem.severity) for problem in problems] == [("control_characters", Severity.CONVERSION)]


def test_conversion_of_a_picture_comes_before_its_case(
    folder: Path, write_jsonl: Callable[..., Path], row: Rows, red: bytes
) -> None:
    (folder / "images" / "a.gif").write_bytes(
        b"GIF89a\x10\0\x10\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x10\0\x10\0\0\x02\x0e\x84\x8f\xa9\xcb\xed\x0f\xa3\x9c\xb4\xda\x8b\xb3>\x05\0;"
    )
    kinds = [type(item).__name__ for item in read_cases(str(write_jsonl(row(image="images/a.gif"))))]
    assert kinds == ["Problem", "Case"]


def test_same_id_with_other_content_is_refused_and_the_first_stays(write_jsonl: Callable[..., Path], row: Rows, read: Read) -> None:
    cases, problems = read(write_jsonl(row(id="same"), row(id="x"), row(id="same", answer="4")))
    assert [(case.id, case.answer) for case in cases] == [("same", "5"), ("x", "5")]
    assert [(problem.kind, problem.severity) for problem in problems] == [("duplicate_id", Severity.REJECT)]
    assert "rows 1 and 3" in problems[0].reason


def test_same_record_twice_is_used_once_with_a_warning(write_jsonl: Callable[..., Path], row: Rows, read: Read) -> None:
    cases, problems = read(write_jsonl(row(), row()))
    assert len(cases) == 1
    assert [(problem.kind, problem.severity) for problem in problems] == [("duplicate_row", Severity.WARNING)]


def test_same_id_in_two_files_names_both(write_jsonl: Callable[..., Path], row: Rows, read: Read) -> None:
    first, second = write_jsonl(row(), name="a.jsonl"), write_jsonl(row(id="x"), row(answer="6"), name="b.jsonl")
    cases, problems = read([first, second])
    assert len(cases) == 2
    assert "row 2 and row 1 of" in problems[0].reason
    assert "a.jsonl" in problems[0].reason


def test_overlong_line_is_passed_over(write_jsonl: Callable[..., Path], row: Rows, read: Read) -> None:
    cases, problems = read(write_jsonl(row(id="a"), b"x" * (17 << 20), row(id="c")))
    assert [case.id for case in cases] == ["a", "c"]
    assert [(problem.kind, problem.line) for problem in problems] == [("line_too_long", 2)]


def test_questions_without_gold_are_read_where_that_is_wanted(read_row: Read) -> None:
    case, problems = read_row({"require_answer": False}, answer=None)
    assert case is not None
    assert (case.answer, case.answer_type, case.answer_letter) == (None, AnswerType.CHOICE, None)
    assert not problems
