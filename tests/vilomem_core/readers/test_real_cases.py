"""The 296 real cases load unchanged, and alike from every form that they come in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vilomem_core.types import Case

Read = Callable[..., tuple[list[Case], list[object]]]


def content(case: Case) -> tuple[object, ...]:
    return case.question, case.options, case.answer, [image.sha256 for image in case.images]


def test_all_cases_load_as_they_are_written(shared_data: Path, read: Read) -> None:
    cases, problems = read(shared_data / "cases")
    written = {}
    for file in (shared_data / "cases").glob("*/cases.jsonl"):
        written.update({made["id"]: made for made in map(json.loads, file.read_text().splitlines())})
    assert {case.id for case in cases} == set(written)
    assert len(cases) == 296
    transparent = {str(problem.id) for problem in problems}
    for case in cases:
        made = written[case.id]
        assert (case.question, list(case.options), case.answer) == (made["question"], made["options"] or [], made["answer"])
        assert (case.answer_type, case.subject, list(case.tags)) == (made["answer_type"], made["subject"], made["tags"])
        assert case.answer_letter == made.get("answer_letter")
        assert [case.images[0].width, case.images[0].height] == made["image_size"]
        assert (case.images[0].sha256 == made["image_sha256"]) == (case.id not in transparent)


def test_folder_with_two_forms_of_the_same_cases_gives_them_once(shared_data: Path, read: Read) -> None:
    cases, problems = read(shared_data / "cases" / "mathvision")
    assert len(cases) == 68
    assert not problems


@pytest.mark.parametrize(
    ("other", "prefix"),
    [
        ("mathvision/mathvision.hf.parquet", "mathvision-"),
        ("puzzlevqa/puzzlevqa.vlmevalkit.tsv", ""),
        ("jcdl_hist/jcdl_hist.vlmevalkit.tsv", ""),
    ],
)
def test_other_forms_agree_with_jsonl(shared_data: Path, read: Read, other: str, prefix: str) -> None:
    path = shared_data / "cases" / other
    ours, _ = read(path.parent / "cases.jsonl")
    theirs, problems = read(path)
    assert not problems
    assert {prefix + case.id: content(case) for case in theirs} == {case.id: content(case) for case in ours}
