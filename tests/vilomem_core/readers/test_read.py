"""Which files a source stands for, the report on a data set, and repeated ids."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vilomem_core.errors import DataError, SettingsError
from vilomem_core.readers import CheckReport, Problem, ReaderSettings, Severity, check, read_cases
from vilomem_core.readers import read as read_module
from vilomem_core.readers.problems import Place
from vilomem_core.readers.read import SeenIds
from vilomem_core.simulation import tiny_cases
from vilomem_core.types import Case

Rows = Callable[..., dict[str, object]]
Read = Callable[..., tuple[list[Case], list[Problem]]]
Write = Callable[..., Path]


def ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


def test_cases_file_stands_for_its_folder(write_jsonl: Write, row: Rows, read: Read, folder: Path) -> None:
    write_jsonl(row(id="other"), name="a.jsonl")
    write_jsonl(row(id="main"))
    assert ids(read(folder)[0]) == ["main"]


def test_folder_without_it_gives_all_its_files_in_order(write_jsonl: Write, row: Rows, read: Read, folder: Path) -> None:
    for name in ("b", "a", "c"):
        write_jsonl(row(id=name), name=f"{name}.jsonl")
    (folder / ".hidden.jsonl").write_text("x")
    (folder / "README.md").write_text("x")
    assert ids(read(folder)[0]) == ["a", "b", "c"]


def test_sub_folders_are_read_where_a_folder_has_no_data_of_its_own(
    write_jsonl: Write, row: Rows, read: Read, folder: Path
) -> None:
    write_jsonl(row(id="one"))
    shutil.copytree(folder, folder.parent / "second")
    (folder.parent / "second" / "cases.jsonl").write_bytes(write_jsonl(row(id="two")).read_bytes())
    write_jsonl(row(id="one"))
    assert ids(read(folder.parent)[0]) == ["one", "two"]


def test_globs_and_lists_read_each_file_once(write_jsonl: Write, row: Rows, read: Read, folder: Path) -> None:
    for name in ("a", "b"):
        write_jsonl(row(id=name), name=f"{name}.jsonl")
    cases, problems = read([folder / "b.jsonl", folder / "*.jsonl", folder])
    assert ids(cases) == ["b", "a"]
    assert not problems


def test_glob_names_what_it_cannot_read(write_jsonl: Write, row: Rows, read: Read, folder: Path) -> None:
    write_jsonl(row())
    (folder / "notes.txt").write_text("x")
    cases, problems = read(folder / "*.*")
    assert len(cases) == 1
    assert [problem.kind for problem in problems] == ["file_format_unknown"]


def test_bad_file_does_not_hide_the_others(write_jsonl: Write, row: Rows, read: Read, folder: Path) -> None:
    write_jsonl(row(id="a"), name="a.jsonl")
    (folder / "b.parquet").write_bytes(b"cut")
    write_jsonl(row(id="c"), name="c.jsonl")
    cases, problems = read(folder)
    assert ids(cases) == ["a", "c"]
    assert [problem.kind for problem in problems] == ["parquet_unreadable"]


@pytest.mark.parametrize("source", ["none", "none/*.jsonl", "images", "images/red.png", "https://example.org/cases.jsonl", []])
def test_source_that_offers_nothing_is_an_error_at_once(folder: Path, source: object) -> None:
    where = source if isinstance(source, list) or "://" in str(source) else str(folder / str(source))
    with pytest.raises(DataError) as caught:
        read_cases(where)  # type: ignore[arg-type]
    assert caught.value.hint


def test_report_adds_up(write_jsonl: Write, row: Rows, folder: Path) -> None:
    write_jsonl(
        row(id="a"), row(id="b", question=""), row(id="a"), row(id="c", answer="A"), row(id="d", image=["images/red.png"] * 2)
    )
    (folder / "bad.jsonl").write_text("[{}]")
    report: CheckReport = check([str(folder), str(folder / "bad.jsonl")])
    assert (report.rows, report.cases, report.images, report.refused_rows, report.repeated_rows, report.refused_files) == (
        5,
        3,
        4,
        1,
        1,
        1,
    )
    assert set(report.kinds) == {
        (Severity.REJECT, "question_empty", 1),
        (Severity.WARNING, "duplicate_row", 1),
        (Severity.CONVERSION, "answer_not_in_options", 1),
        (Severity.REJECT, "not_jsonl", 1),
    }
    assert not report.ok


def test_clean_data_is_ok_by_path_as_by_text(write_jsonl: Write, row: Rows, folder: Path) -> None:
    path = write_jsonl(row())
    assert check(str(path)).ok and check(path) == check(str(path))
    assert list(read_cases(path)) == list(read_cases([folder / "*.jsonl", str(folder)]))


@pytest.mark.parametrize("name", ["max_question_chars", "max_images", "max_image_pixels", "max_image_bytes", "min_image_side"])
def test_impossible_limits_are_refused(name: str) -> None:
    with pytest.raises(SettingsError):
        ReaderSettings(**{name: 0})


@pytest.mark.parametrize("recent", [1, 7, 1_000])
def test_a_repeated_id_is_told_with_both_rows_wherever_it_is_kept(recent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_module, "RECENT", recent)
    seen, cases = SeenIds(), list(tiny_cases(50))
    for row, case in enumerate(cases, 1):
        assert seen.repeated(case, Place("first.jsonl", row, row)) is None

    for row, case in enumerate(cases, 1):
        same = seen.repeated(case, Place("second.jsonl", row + 100, row + 100))
        other = seen.repeated(replace(case, question="Another?"), Place("first.jsonl", row + 200, row + 200))
        assert same is not None and other is not None
        assert (same.kind, other.kind) == ("duplicate_row", "duplicate_id")
        assert f"row {row + 100} and row {row} of first.jsonl" in same.reason
        assert f"rows {row} and {row + 200}" in other.reason
