"""Real replies of three vision models, which carry their benchmark's own grading, and of one strong model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vilomem_core.readers import read_cases
from vilomem_core.types import Case, VerdictStatus
from vilomem_core.verification import verify


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> dict[str, Case]:
    folders = [folder for folder in (shared_data / "cases").iterdir() if folder.is_dir()]
    return {case.id: case for folder in folders for case in read_cases(str(folder)) if isinstance(case, Case)}


def _solved(path: Path) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["role"] == "solve"]


def test_the_benchmarks_grading_is_met_but_for_its_own_two_mistakes(cases: dict[str, Case], shared_data: Path) -> None:
    rows = _solved(shared_data / "recorded" / "mathvision.jsonl")
    verdicts = [verify(cases[str(row["case_id"])], str(row["text"])) for row in rows]
    differ = {
        (row["case_id"], row["model"]): verdict.status
        for row, verdict in zip(rows, verdicts, strict=True)
        if (verdict.status is VerdictStatus.CORRECT) != row["upstream_correct"]
    }
    assert len(rows) == 204
    assert differ == {
        # "(10,0)" is the text of option A, "(10 ; 0)"
        ("mathvision-1021", "qwen-vl-max"): VerdictStatus.CORRECT,
        # 1/3 is 3^-1009 away from the exact gold value, which doubles cannot see
        ("mathvision-2822", "internlm-xcomposer2-vl"): VerdictStatus.INCORRECT,
    }


def test_a_strong_model_is_rarely_rejected(cases: dict[str, Case], shared_data: Path) -> None:
    rows = _solved(shared_data / "recorded" / "strong_solver.jsonl")
    right = [verify(cases[str(row["case_id"])], str(row["text"])).status is VerdictStatus.CORRECT for row in rows]
    assert len(right) == 160 and sum(right) >= 154
