"""The score of labelled replies: counted by hand, and clear about files of another form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vilomem.cli.app import app
from vilomem_core.errors import DataError
from vilomem_core.scoring.verification import score


def reply(case_id: str, response: str, correct: bool, extracted: str | None, **more: object) -> dict[str, object]:
    row = {
        "case_id": case_id,
        "question": "How many dots are there?",
        "options": None,
        "answer_type": "number",
        "gold": "7",
        "response": response,
        "expected_correct": correct,
        "expected_extracted": extracted,
        "category": "dots",
    }
    return row | more


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Two agree, one label is wrong either way, one case has no gold answer to speak of; the last rewrites the first."""
    rows = [
        reply("right", "7", True, "7"),
        reply("wrong", "8 dots", False, "8 dots"),
        reply("said to be wrong", "The answer is 7. " + "Dots. " * 200, False, "7", category="long"),
        reply("said to be right", "8", True, "8", category="long"),
        reply("again", " 7 ", True, "7", same_as="right"),
    ]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    return path


def test_the_shares_are_what_counting_by_hand_gives(labelled: Path) -> None:
    found = score(labelled).as_json()
    assert {name: found[name] for name in ("agreement", "false_accept_rate", "false_reject_rate", "extraction_agreement")} == {
        "agreement": 0.6,
        "false_accept_rate": 0.5,
        "false_reject_rate": 1 / 3,
        "extraction_agreement": 0.8,
    }
    assert found["same_as_agreement"] == 1.0
    assert found["by_category"] == {
        "dots": {"cases": 3, "agreement": 1.0, "extraction_agreement": 2 / 3},
        "long": {"cases": 2, "agreement": 0.0, "extraction_agreement": 1.0},
    }


def test_the_command_prints_one_json_object_with_its_disagreements(labelled: Path) -> None:
    plain = CliRunner().invoke(app, ["score", "verification", str(labelled), "--json"])
    assert plain.exit_code == 0 and "disagreements" not in json.loads(plain.stdout)
    told = json.loads(CliRunner().invoke(app, ["score", "verification", str(labelled), "--json", "--disagreements"]).stdout)
    assert [one["case_id"] for one in told["disagreements"]] == ["said to be wrong", "said to be right"]
    first = told["disagreements"][0]
    assert (first["verdict"], first["extracted"], first["expected_correct"]) == ("correct", "7", False)
    assert len(first["response"]) < 500


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "holds no labelled replies"),
        ("{", "line 1 is no labelled reply: JSONDecodeError"),
        ("[]", "line 1 is no labelled reply"),
        ('{"case_id": "a"}', "KeyError: 'gold'"),
        (json.dumps(reply("a", "A", True, "A", answer_type="choice", options={"A": "x", "B": "y"}, gold="C")), "KeyError: 'C'"),
        (json.dumps(reply("a", "7", True, "7", answer_type="colour")), "ValueError"),
    ],
    ids=["empty", "cut off", "a list", "no gold", "gold outside the options", "unknown type"],
)
def test_a_file_of_another_form_says_where_and_what(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match=None) as raised:
        score(path)
    assert complaint in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        score(tmp_path / "nowhere.jsonl")
