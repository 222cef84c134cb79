"""Recorded replies are found by case, role and model, and never invented."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chat import a_request
from vilomem_core.backends.chat.recorded import RecordedChat
from vilomem_core.errors import DataError, ReplyMissing, SettingsError
from vilomem_core.types import Role, Usage


def recording(folder: Path, *rows: object) -> Path:
    path = folder / "replies.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def row(text: str, *, case_id: str = "case-1", model: str = "m", role: str = "solve", **more: object) -> dict[str, object]:
    return {"case_id": case_id, "model": model, "role": role, "text": text, **more}


def ask(model: RecordedChat, case_id: str = "case-1", role: Role = Role.SOLVER, sample: int = 0) -> str:
    return asyncio.run(model.complete(a_request(case_id=case_id, role=role, sample=sample))).text


def test_a_reply_is_found_by_case_role_and_model(tmp_path: Path) -> None:
    path = recording(
        tmp_path,
        row("other model", model="n"),
        row("other case", case_id="case-2"),
        row("other role", role="reflect_visual"),
        row("wanted"),
    )
    model = RecordedChat(path, "m")
    assert ask(model) == "wanted"
    assert ask(model, role=Role.VISUAL_CRITIC) == "other role"
    assert model.name == "recorded:m"


def test_rows_of_one_case_and_role_are_its_samples(tmp_path: Path) -> None:
    model = RecordedChat(recording(tmp_path, row("first"), row("second")), "m")
    assert [ask(model, sample=number) for number in (0, 1)] == ["first", "second"]
    with pytest.raises(ReplyMissing, match=r"case case-1, role solve, sample 2 \(it has 2\)"):
        ask(model, sample=2)


def test_a_reply_that_was_never_recorded_is_an_error(tmp_path: Path) -> None:
    model = RecordedChat(recording(tmp_path, row("solved")), "m")
    with pytest.raises(ReplyMissing, match="case-9"):
        ask(model, case_id="case-9")
    with pytest.raises(ReplyMissing, match="judge"):
        ask(model, role=Role.JUDGE)


def test_tokens_and_finish_reason_come_from_the_row_if_it_has_them(tmp_path: Path) -> None:
    path = recording(tmp_path, row("a"), row("b", prompt_tokens=7, completion_tokens=3, finish_reason="length"))
    model = RecordedChat(path, "m")
    plain = asyncio.run(model.complete(a_request()))
    counted = asyncio.run(model.complete(a_request(sample=1)))
    assert (plain.usage, plain.finish_reason) == (Usage(calls=1), "stop")
    assert (counted.usage, counted.finish_reason) == (Usage(1, 7, 3), "length")


@pytest.mark.parametrize("name", ["qwen", None])
def test_a_model_that_is_not_in_the_file_is_answered_with_those_that_are(tmp_path: Path, name: str | None) -> None:
    path = recording(tmp_path, row("a", model="beta"), row("b", model="alpha"))
    with pytest.raises(SettingsError, match="models in the file: alpha, beta"):
        RecordedChat(path, name)


def test_the_only_model_of_a_file_needs_no_name(tmp_path: Path) -> None:
    assert ask(RecordedChat(recording(tmp_path, row("a", model="alpha")))) == "a"


def test_a_missing_file_is_a_setting_to_correct(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.jsonl"):
        RecordedChat(tmp_path / "nothing.jsonl", "m")


@pytest.mark.parametrize("line", ['{"case_id": "c", "mod', "[1]", '{"case_id": "c", "model": "m", "role": "solve"}', "[" * 100_000])
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match=r"replies\.jsonl:3: "):
        RecordedChat(recording(tmp_path, row("fine"), "", line), "m")


@given(text=st.text(st.characters(codec=None), max_size=80))
def test_every_text_comes_back_and_can_be_stored(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = recording(tmp_path_factory.mktemp("recorded"), row(text))
    replayed = ask(RecordedChat(path, "m"))
    replayed.encode("utf-8")  # lone surrogates were replaced
    assert replayed == text or any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def test_the_real_replies_are_all_there(shared_data: Path) -> None:
    path = shared_data / "recorded" / "mathvision.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for name in {row["model"] for row in rows}:
        model = RecordedChat(path, name)
        for each in (row for row in rows if row["model"] == name):
            assert ask(model, each["case_id"], Role(each["role"])) == each["text"]
