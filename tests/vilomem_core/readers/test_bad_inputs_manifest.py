"""Every entry of the bad-input collection gets what its manifest row says, and docs/data_formats.md names every kind of problem."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vilomem_core.images import decode
from vilomem_core.readers import Problem, Severity, check, read_cases
from vilomem_core.types import Case

PROJECT = Path(__file__).resolve().parents[3]
SAID = re.compile(r'(?:Refusal|Note|Conversion|ImageProblem|\.problem)\(\s*"([a-z_0-9]+)"')

# Which outcomes of the manifest a row's worst severity stands for.
OUTCOME = {
    Severity.REJECT: "reject",
    Severity.WARNING: "accept_with_warning",
    Severity.CONVERSION: "accept_after_conversion",
}
SILENT = {"accept", "accept_after_conversion"}  # a change without a meaning needs no message (an integer id, plain bytes)


@pytest.fixture(scope="session")
def bad_inputs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, in which the link that copies may have flattened is a link again."""
    home = tmp_path_factory.mktemp("bad") / "inputs"
    shutil.copytree(shared_data / "bad_inputs", home, symlinks=True, copy_function=shutil.copyfile)
    for folder in [home, *home.rglob("*")]:
        if folder.is_dir():
            folder.chmod(0o755)
    link = home / "symlink_escape" / "images" / "link.png"
    link.unlink()
    link.symlink_to("../../_outside/secret.png")
    return home


def test_every_entry_gets_what_its_row_says(bad_inputs: Path, subtests: pytest.Subtests) -> None:
    entries = [json.loads(line) for line in (bad_inputs / "manifest.jsonl").read_text().splitlines()]
    assert len(entries) == 65
    for entry in entries:
        with subtests.test(entry["name"]):
            items = list(read_cases(str(bad_inputs / entry["open"])))
            assert_outcome(entry, items)
            assert_message(entry, [item for item in items if isinstance(item, Problem)])
            assert_check(entry, [item for item in items if isinstance(item, Case)], bad_inputs)


def assert_outcome(entry: dict[str, Any], items: list[Case | Problem]) -> None:
    problems = [item for item in items if isinstance(item, Problem)]
    cases = [item for item in items if isinstance(item, Case)]
    outcomes = {OUTCOME[problem.severity] for problem in problems} or SILENT
    assert outcomes & {entry["expect"], *entry["also_ok"]}
    if entry["other_rows"] == "none":
        assert not cases
    elif entry["scope"] == "row":
        refused = {problem.row for problem in problems if problem.severity is Severity.REJECT or problem.kind == "duplicate_row"}
        assert len(cases) + len(refused) == 3
        assert refused <= ({1, 2} if entry["name"] == "tsv_image_index_cycle" else {entry["bad_row"]})


def assert_message(entry: dict[str, Any], problems: list[Problem]) -> None:
    if entry["message_kind"] != "none":
        assert {problem.kind for problem in problems} == {entry["message_kind"]}
    said = "\n".join(str(problem) for problem in problems)
    for wanted in entry["message_should_mention"]:
        assert any(word in said for word in alternatives(wanted)), said
    assert all(c.isprintable() or c == "\n" for c in said)
    assert len(said) < 1500


def alternatives(wanted: str) -> list[str]:
    """``row 2 or id bad`` leaves a choice."""
    return wanted.split(" or ")


def assert_check(entry: dict[str, Any], cases: list[Case], home: Path) -> None:
    wanted = entry["check"] or {}
    if "rows" in wanted:
        assert len(cases) == wanted["rows"]
    case = cases[1] if len(cases) == 3 else None
    if "answer" in wanted:
        assert case is not None
        assert case.answer == wanted["answer"]
    if "answer_index" in wanted:
        assert case is not None
        assert case.answer == case.options[wanted["answer_index"]]
    if "id" in wanted:
        assert case is not None
        assert case.id == wanted["id"]
    if "size" in wanted:
        assert case is not None
        assert_pixels(wanted, case)


def assert_pixels(wanted: dict[str, Any], case: Case) -> None:
    picture = decode(case.images[0])
    assert (picture.mode, list(picture.size)) == (wanted["mode"], wanted["size"])
    assert [case.images[0].width, case.images[0].height] == wanted["size"]
    if "pixel" in wanted:
        seen = np.asarray(picture)[wanted["pixel"][1], wanted["pixel"][0]].astype(int)
        assert np.abs(seen - wanted["near"]).max() <= wanted["tolerance"]
    if "darkest_at_most" in wanted:
        assert int(np.asarray(picture).min()) <= wanted["darkest_at_most"]


def test_lone_quote_stays_in_its_question(bad_inputs: Path) -> None:
    questions = [case.question for case in read_cases(str(bad_inputs / "tsv_lone_quote")) if isinstance(case, Case)]
    assert questions[1].startswith('"A 5 inch')


def test_jpeg_under_a_png_name_is_declared_as_jpeg(bad_inputs: Path) -> None:
    cases = [case for case in read_cases(str(bad_inputs / "jpeg_named_png")) if isinstance(case, Case)]
    assert cases[1].images[0].media_type == "image/jpeg"


def test_check_counts_the_whole_collection(bad_inputs: Path) -> None:
    report = check(str(bad_inputs / "*" / "cases.jsonl"))
    assert report.rows == report.cases + report.refused_rows + report.repeated_rows
    assert report.refused_files == 3
    assert not report.ok


def test_every_kind_is_documented() -> None:
    sources = [file for part in ("readers", "images") for file in (PROJECT / "vilomem_core" / part).glob("*.py")]
    kinds = {kind for file in sources for kind in SAID.findall(file.read_text())}
    written = (PROJECT / "docs" / "data_formats.md").read_text()
    assert len(kinds) > 40
    assert not {kind for kind in kinds if f"`{kind}`" not in written}
