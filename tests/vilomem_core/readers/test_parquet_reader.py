"""HuggingFace-style Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vilomem_core.readers import Problem
from vilomem_core.types import AnswerType, Case

Read = Callable[..., tuple[list[Case], list[Problem]]]
Write = Callable[..., Path]
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.fixture
def write(folder: Path, red: bytes) -> Write:
    """Writes columns over three good rows; a column given as ``None`` is left out."""

    def writing(rows_per_group: int = 2, **columns: object) -> Path:
        made: dict[str, object] = {
            "id": ["0", "1", "2"],
            "question": ["How many?\n<image1>"] * 3,
            "options": [["4", "5", "6"]] * 3,
            "answer": ["B"] * 3,
            "image": pa.array([{"bytes": red, "path": "x.png"}] * 3, IMAGE),
        }
        made.update(columns)
        table = pa.table({name: value for name, value in made.items() if value is not None})
        pq.write_table(table, folder / "data.parquet", row_group_size=rows_per_group)
        return folder / "data.parquet"

    return writing


def test_rows_of_all_groups(write: Write, read: Read, red: bytes) -> None:
    cases, problems = read(write(level=[1, 2, 3], subject=["a", "b", "c"]))
    assert not problems
    assert [(case.id, case.question, case.answer, case.tags) for case in cases] == [
        ("0", "How many?", "5", ("level:1",)),
        ("1", "How many?", "5", ("level:2",)),
        ("2", "How many?", "5", ("level:3",)),
    ]
    assert cases[2].images[0].data == red


def test_plain_binary_and_lists_and_several_columns(write: Write, read: Read, red: bytes, blue: bytes) -> None:
    for columns in (
        {"image": pa.array([red, red, red])},
        {"image": pa.array([[red]] * 3, pa.list_(pa.large_binary()))},
        {"image": None, "images": pa.array([[{"bytes": red, "path": None}]] * 3, pa.list_(IMAGE))},
        {"image": None, "image_1": pa.array([{"bytes": red, "path": None}] * 3, IMAGE), "image_2": pa.nulls(3, IMAGE)},
    ):
        cases, problems = read(write(**columns))
        assert not problems
        assert [[image.data for image in case.images] for case in cases] == [[red]] * 3
    pair = {"image": None, "image_10": pa.array([blue] * 3), "image_9": pa.array([red] * 3)}
    cases, _ = read(write(**pair))
    assert [image.data for image in cases[0].images] == [red, blue]


def test_path_without_bytes_is_read_from_the_folder(write: Write, read: Read, red: bytes) -> None:
    paths = ["images/red.png", "elsewhere/a.png", "../../x.png"]
    cases, problems = read(write(image=pa.array([{"bytes": None, "path": path} for path in paths], IMAGE)))
    assert [case.images[0].data for case in cases] == [red]
    assert [(problem.kind, problem.row, problem.line) for problem in problems] == [
        ("image_missing", 2, None),
        ("image_path_outside", 3, None),
    ]
    assert "elsewhere/a.png" in problems[0].reason


def test_options_written_as_text_and_open_questions(write: Write, read: Read) -> None:
    cases, problems = read(write(options=["['4', '5']", "[]", None], answer=["B", "7.0", "$\\frac{1}{2}$"]))
    assert [(case.answer, case.answer_type) for case in cases] == [
        ("5", AnswerType.CHOICE),
        ("7.0", AnswerType.NUMBER),
        ("$\\frac{1}{2}$", AnswerType.EXPRESSION),
    ]
    assert {problem.kind for problem in problems} <= {"options_not_a_list"}


def test_numbers_that_pandas_made_floats_are_whole_again(write: Write, read: Read) -> None:
    cases, problems = read(write(id=[1.0, 2.0, 3.0], options=None, answer=[5.0, 2.5, float("nan")]))
    assert [(case.id, case.answer) for case in cases] == [("1", "5"), ("2", "2.5")]
    assert [problem.kind for problem in problems] == ["answer_not_a_number"]


def test_rows_without_an_id_column_are_named_by_file_and_row(write: Write, read: Read) -> None:
    cases, _ = read(write(id=None))
    assert [case.id for case in cases] == ["data-1", "data-2", "data-3"]


@pytest.mark.parametrize("missing", ["question", "answer", "image"])
def test_missing_column_is_named(write: Write, read: Read, missing: str) -> None:
    cases, problems = read(write(**{missing: None}))
    assert not cases
    assert [problem.kind for problem in problems] == ["column_missing"]
    assert missing in problems[0].reason


def test_cut_file_and_other_content_are_unreadable(write: Write, read: Read) -> None:
    path = write()
    for content in (path.read_bytes()[: path.stat().st_size // 2], b"", b"not parquet at all, but long enough"):
        path.write_bytes(content)
        cases, problems = read(path)
        assert not cases
        assert [(problem.kind, problem.row) for problem in problems] == [("parquet_unreadable", None)]
        assert "data.parquet" in problems[0].reason


def test_damage_in_a_later_group_keeps_the_rows_before_it(write: Write, read: Read) -> None:
    path = write(rows_per_group=1)
    damaged = bytearray(path.read_bytes())
    chunk = pq.ParquetFile(path).metadata.row_group(2).column(1)
    damaged[chunk.dictionary_page_offset : chunk.dictionary_page_offset + 12] = b"\xff" * 12
    path.write_bytes(bytes(damaged))
    cases, problems = read(path)
    assert [case.id for case in cases] == ["0", "1"]
    assert "after row 2" in problems[0].reason


def test_file_without_rows(write: Write, read: Read) -> None:
    empty = {name: pa.array([], pa.string()) for name in ("id", "question", "answer")}
    _, problems = read(write(options=None, image=pa.array([], IMAGE), **empty))
    assert [problem.kind for problem in problems] == ["no_rows"]
