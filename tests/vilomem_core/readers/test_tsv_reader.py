"""VLMEvalKit's TSV, with and without quotes."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vilomem_core.readers import Problem
from vilomem_core.readers.files import read_lines
from vilomem_core.readers.tsv import read_records
from vilomem_core.types import AnswerType, Case

Read = Callable[..., tuple[list[Case], list[Problem]]]
Write = Callable[..., Path]
CHOICE = ("index", "image", "question", "A", "B", "C", "D", "answer", "category")


@pytest.fixture
def picture(red: bytes) -> str:
    return base64.b64encode(red).decode()


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes records as pandas does (minimal quoting), or as they stand."""

    def writing(*records: tuple[str, ...], raw: bool = False) -> Path:
        text = io.StringIO()
        if raw:
            text.write("\n".join("\t".join(record) for record in records) + "\n")
        else:
            csv.writer(text, delimiter="\t", lineterminator="\n").writerows(records)
        path = folder / "data.tsv"
        path.write_text(text.getvalue(), newline="")
        return path

    return writing


def choice(index: int | str, image: str, question: str = "How many?", answer: str = "B") -> tuple[str, ...]:
    return (str(index), image, question, "4", "5", "6", "", answer, "sum")


def test_choice_and_open_rows(write: Write, read: Read, picture: str, red: bytes) -> None:
    cases, problems = read(write(CHOICE, choice(0, picture), ("1", picture, "How much?", "", "", "", "", "2.5", "")))
    assert not problems
    assert [(case.id, case.options, case.answer, case.answer_type) for case in cases] == [
        ("0", ("4", "5", "6"), "5", AnswerType.CHOICE),
        ("1", (), "2.5", AnswerType.NUMBER),
    ]
    assert cases[0].subject == "sum"
    assert cases[0].images[0].data == red


def test_reference_may_point_back_and_forward_and_over_another(write: Write, read: Read, picture: str, blue: bytes) -> None:
    other = base64.b64encode(blue).decode()
    rows = [choice(0, "3"), choice(1, picture), choice(2, "1"), choice(3, other), choice(4, "0")]
    cases, problems = read(write(CHOICE, *rows))
    assert not problems
    assert [case.images[0].data == blue for case in cases] == [True, False, False, True, True]


@pytest.mark.parametrize(("first", "second"), [("1", "0"), ("0", "99")])
def test_reference_to_nothing_names_the_indices(write: Write, read: Read, picture: str, first: str, second: str) -> None:
    cases, problems = read(write(CHOICE, choice(0, first), choice(1, second), choice(2, picture)))
    assert [case.id for case in cases] == ["2"]
    assert {problem.kind for problem in problems} == {"image_reference_missing"}
    assert all(f"index {index}" in problems[index].reason for index in (0, 1))


def test_long_chain_of_references_ends(write: Write, read: Read, picture: str) -> None:
    rows = [choice(0, picture)] + [choice(i, str(i - 1)) for i in range(1, 3000)]
    cases, problems = read(write(CHOICE, *rows))
    assert len(cases) == 8
    assert len(problems) == 2992


def test_list_valued_images_keep_their_order(write: Write, read: Read, picture: str, red: bytes, blue: bytes) -> None:
    both = repr([picture, base64.b64encode(blue).decode()])
    cases, problems = read(
        write(CHOICE, choice(0, both), choice(1, "0"), choice(2, "['3', '4']"), choice(3, picture), choice(4, picture))
    )
    assert not problems
    assert [[image.data for image in case.images] for case in cases[:2]] == [[red, blue], [red, blue]]
    assert [len(case.images) for case in cases] == [2, 2, 2, 1, 1]


def test_image_path_stands_in_for_missing_base64(write: Write, read: Read, red: bytes, blue: bytes) -> None:
    header = ("index", "image_path", "question", "answer")
    rows = [
        ("0", "images/red.png", "q?", "1"),
        ("1", "['images/red.png', 'images/blue.png']", "q?", "1"),
        ("2", "../x.png", "q?", "1"),
    ]
    cases, problems = read(write(header, *rows))
    assert [[image.data for image in case.images] for case in cases] == [[red], [red, blue]]
    assert [problem.kind for problem in problems] == ["image_path_outside"]


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("@" * 80, "image_base64"),
        ("é" * 80, "image_base64"),
        (base64.b64encode(b"hello " * 20).decode(), "image_not_recognised"),
        ("", "image_missing"),
        ("images/red.png", "image_reference_missing"),
        ("A" * (45 << 20), "image_too_large"),
    ],
)
def test_bad_picture_names_its_index(write: Write, read: Read, picture: str, image: str, kind: str) -> None:
    cases, problems = read(write(CHOICE, choice(0, picture), choice(1, image), choice(2, picture)))
    assert [case.id for case in cases] == ["0", "2"]
    assert [(problem.kind, problem.line, problem.row) for problem in problems] == [(kind, 3, 2)]
    assert problems[0].reason.startswith("index 1: ")


def test_base64_may_lack_padding_and_hold_line_breaks(write: Write, read: Read, picture: str, red: bytes) -> None:
    wrapped = "\n".join(picture.rstrip("=")[i : i + 40] for i in range(0, len(picture), 40))
    cases, problems = read(write(CHOICE, choice(0, wrapped), choice(1, "data:image/png;base64," + picture)))
    assert not problems
    assert [case.images[0].data for case in cases] == [red, red]


def test_quoted_fields_with_quotes_tabs_and_line_breaks(write: Write, read: Read, picture: str) -> None:
    questions = ['"Why?" she said', 'a 5" side', "two\nlines\n\nand more", "a\ttab", '"', 'ends with "quote"']
    cases, problems = read(write(CHOICE, *(choice(i, picture, q) for i, q in enumerate(questions))))
    assert not problems
    assert [case.question for case in cases] == questions


def test_unquoted_file_with_lone_quotes_loses_no_row(write: Write, read: Read, picture: str) -> None:
    questions = ['"A 5 inch side: what?', "plain", 'another 6"', '"open again', 'and closed"', '"']
    cases, problems = read(write(CHOICE, *(choice(i, picture, q) for i, q in enumerate(questions)), raw=True))
    assert not problems
    assert [case.question for case in cases] == questions


def test_lone_quote_in_the_last_column_loses_no_row(write: Write, read: Read, picture: str) -> None:
    rows = [(*choice(0, picture)[:-1], '"sum'), choice(1, picture), (*choice(2, picture)[:-1], 'sum"')]
    cases, _ = read(write(CHOICE, *rows, raw=True))
    assert [case.subject for case in cases] == ['"sum', "sum", 'sum"']


def test_line_break_in_the_last_column_is_kept(write: Write, read: Read, picture: str) -> None:
    rows = [(*choice(0, picture)[:-1], "two\nlines"), choice(1, picture)]
    cases, problems = read(write(CHOICE, *rows))
    assert not problems
    assert [case.subject for case in cases] == ["two\nlines", "sum"]


def test_row_of_the_wrong_width_is_named_and_the_others_load(write: Write, read: Read, picture: str) -> None:
    rows = [choice(0, picture), choice(1, picture)[:-2], (*choice(2, picture), "more"), ("3", '"broken'), choice(4, picture)]
    cases, problems = read(write(CHOICE, *rows, raw=True))
    assert [case.id for case in cases] == ["0", "4"]
    assert [(problem.kind, problem.line) for problem in problems] == [("row_width", 3), ("row_width", 4), ("row_width", 5)]
    assert "line 3 has 7 fields where the header has 9" in problems[0].reason


@pytest.mark.parametrize("missing", ["question", "answer", "image"])
def test_missing_column_is_named_once(write: Write, read: Read, picture: str, missing: str) -> None:
    keep = [i for i, name in enumerate(CHOICE) if name != missing]
    cases, problems = read(write(*(tuple(record[i] for i in keep) for record in (CHOICE, choice(0, picture)))))
    assert not cases
    assert [problem.kind for problem in problems] == ["column_missing"]
    assert missing in problems[0].reason


def test_answer_letter_without_option_is_refused(write: Write, read: Read, picture: str) -> None:
    cases, problems = read(write(CHOICE, choice(0, picture, answer="D"), choice(1, picture)))
    assert [case.id for case in cases] == ["1"]
    assert [problem.kind for problem in problems] == ["answer_not_in_options"]


@pytest.mark.parametrize(
    ("content", "kind"), [(b"", "no_rows"), (b"index\timage\tquestion\tanswer\n", "no_rows"), (b"\xff\xfei\0", "invalid_utf8")]
)
def test_file_without_rows(folder: Path, read: Read, content: bytes, kind: str) -> None:
    (folder / "data.tsv").write_bytes(content)
    cases, problems = read(folder / "data.tsv")
    assert not cases
    assert [problem.kind for problem in problems] == [kind]


def test_byte_order_mark_and_crlf(write: Write, read: Read, picture: str) -> None:
    path = write(CHOICE, choice(0, picture))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    cases, problems = read(path)
    assert not problems
    assert cases[0].subject == "sum"


def test_invalid_utf8_in_one_row(write: Write, read: Read, picture: str) -> None:
    path = write(CHOICE, choice(0, picture), choice(1, picture, "caf@"), choice(2, picture))
    path.write_bytes(path.read_bytes().replace(b"caf@", b"caf\xe9"))
    cases, problems = read(path)
    assert [case.id for case in cases] == ["0", "2"]
    assert [(problem.kind, problem.line) for problem in problems] == [("invalid_utf8", 3)]


def records_of(data: bytes, width: int) -> list[tuple[str, ...] | None]:
    found = read_records(read_lines(io.BytesIO(data), 1 << 20), width)
    return [None if record.fields is None else tuple(field.decode() for field in record.fields) for record in found]


# A break and tabs in one field can look like a row of its own: no reader could tell.
FIELD = st.text(st.sampled_from('ab" \nx'), max_size=6) | st.text(st.sampled_from('ab" \tx'), max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), FIELD, FIELD, st.sampled_from("AB")), min_size=1, max_size=6))
def test_whatever_pandas_style_quoting_writes_is_read_back(rows: list[tuple[int, str, str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows)
    assert records_of(text.getvalue().encode(), 4) == [tuple(map(str, row)) for row in rows]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), st.text(st.sampled_from('ab" x'), max_size=6)), min_size=1, max_size=8))
def test_unquoted_rows_are_never_swallowed(rows: list[tuple[int, str]]) -> None:
    text = "".join(f"{index}\t{field}\tB\n" for index, field in rows)
    found = records_of(text.encode(), 3)
    assert [record and record[0] for record in found] == [str(index) for index, _ in rows]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 5))
def test_any_bytes_give_records_or_gaps(data: bytes, width: int) -> None:
    found = list(read_records(read_lines(io.BytesIO(b"x" + data.replace(b"\0", b"")), 64), width))
    assert all(record.fields is None or len(record.fields) == width for record in found)
