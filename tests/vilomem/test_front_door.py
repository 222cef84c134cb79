"""What a program meets when it imports ``vilomem``."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

import vilomem
from storage.store import Store
from vilomem_core.readers import read_cases
from vilomem_core.settings.load import as_settings
from vilomem_core.simulation import write_demo_dataset
from vilomem_core.types import Case

PROJECT = Path(__file__).resolve().parents[2]
HEAVY = ("prefect", "ray", "torch", "lancedb", "pyarrow", "pydantic", "sympy")


@pytest.fixture(scope="module")
def ten_cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Settings of a job on ten drawn questions with recorded replies: every solver is wrong, and every critic has the same advice."""
    folder = tmp_path_factory.mktemp("ten")
    data = write_demo_dataset(folder / "data", 10).parent
    replies = folder / "replies.jsonl"
    cases = [case for case in read_cases([str(data)]) if isinstance(case, Case)]
    critic = {
        "analysis_summary": "The scale was not read.",
        "guideline": "Read the scale of an axis before comparing two of its marks.",
    }
    said = {
        "solve": "The answer is \\boxed{none of these}",
        "analyze": "Subject: Charts\nKey Concepts: scale, axis",
        "reflect_visual": json.dumps({"is_visual_error": True, **critic}),
        "reflect_logic": json.dumps({"error_type": "Logical", **critic}),
    }
    lines = [
        json.dumps({"case_id": case.id, "model": "m", "role": role, "text": text}) for case in cases for role, text in said.items()
    ]
    replies.write_text("\n".join(lines))
    assert len(cases) == 10
    return {
        "data": [str(data)],
        "store": str(folder / "store"),
        "roles": {"solver": {"model": f"recorded:{replies}?model=m"}},
        "engine.kind": "inline",
        "embedders.text": "lexical",
    }


@pytest.fixture(scope="module")
def learned(ten_cases: dict[str, object]) -> str:
    report = vilomem.learn(ten_cases)
    assert [row.record.incorrect for row in report.rounds] == [10]
    return str(ten_cases["store"])


LEXICAL = {"embedders": {"text": "lexical"}}
QUESTION = "Which mark on the axis has the larger scale?"


@pytest.mark.prefect
def test_ten_cases_are_learned_from_recalled_and_exported(learned: str, tmp_path: Path) -> None:
    memory = vilomem.open_memory(learned, settings=LEXICAL)
    hits = memory.recall(QUESTION)
    assert hits and "Read the scale" in memory.prompt(hits)
    out = vilomem.export(store=learned, out=str(tmp_path / "bundle"))
    of_bundle = vilomem.open_memory(str(out), settings=LEXICAL)
    assert of_bundle.recall(QUESTION) == hits
    assert of_bundle.recall_many([vilomem.Question(QUESTION)]) == [hits]


@pytest.mark.prefect
def test_the_other_jobs_take_the_same_settings(learned: str, ten_cases: dict[str, object], tmp_path: Path) -> None:
    job = tmp_path / "job.yaml"
    job.write_text(json.dumps(ten_cases))  # JSON is YAML
    assert vilomem.consolidate(str(job)).changed == 0
    assert vilomem.publish(job, embedders={"text": "lexical"}).id == vilomem.publish(as_settings(ten_cases)).id
    report = vilomem.evaluate(ten_cases, snapshot="latest", against="none")
    assert report.result.pairs == 10 and report.baseline == "none"
    with vilomem.open_store(learned) as store:
        assert store.memories() and isinstance(store, Store)


@pytest.mark.prefect
def test_a_notebook_in_which_a_loop_runs_can_run_jobs(learned: str, ten_cases: dict[str, object]) -> None:
    async def cell() -> None:
        assert vilomem.learn(ten_cases).resumed_rounds == 1
        assert vilomem.consolidate(ten_cases).changed == 0

    asyncio.run(cell())


@pytest.mark.prefect
def test_a_run_in_which_no_case_was_solved_is_an_error(ten_cases: dict[str, object], tmp_path: Path) -> None:
    replies = tmp_path / "of_other_cases.jsonl"
    replies.write_text(json.dumps({"case_id": "other", "model": "m", "role": "solve", "text": "7"}))
    nobody = {"roles": {"solver": {"model": f"recorded:{replies}?model=m"}}, "store": str(tmp_path / "store")}
    with pytest.raises(vilomem.ModelError, match="no case was solved"):
        vilomem.learn({**ten_cases, **nobody})


def test_what_is_wrong_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(vilomem.UserError, match="no data set"):
        vilomem.learn(store=str(tmp_path / "store"))
    with pytest.raises(vilomem.UserError, match=r"learn\.rounds"):
        vilomem.learn({"data": ["x"], "learn": {"round": 3}})
    with pytest.raises(vilomem.UserError, match=r"absent\.jsonl"):
        vilomem.learn(data=["absent.jsonl"], store=str(tmp_path / "store"), roles={"solver": {"model": "simulated"}})
    for job in (vilomem.consolidate, vilomem.publish):
        with pytest.raises(vilomem.UserError, match="no store"):
            job(store=str(tmp_path / "absent"))
    with pytest.raises(vilomem.UserError, match="no store"):
        vilomem.open_memory(str(tmp_path / "absent"))
    with pytest.raises(vilomem.UserError, match="no path"):
        vilomem.open_memory("")
    for odd in (["q.jsonl"], 5, b"x", "q.jsonl"):
        with pytest.raises(vilomem.UserError, match="for data use data="):
            vilomem.learn(odd)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("answer", "reply", "more", "status"),
    [
        ("7", "So there are \\boxed{7}.", {}, "correct"),
        ("blue", "Answer: B", {"options": ["red", "blue"]}, "correct"),
        ("B", "The answer is red.", {"options": ["red", "blue"]}, "incorrect"),
        ("10", "About 10.4", {"tolerance": 0.05}, "correct"),
        ("yes", "Yes.", {"preset": "hallusionbench"}, "correct"),
        ("7", "I cannot tell.", {}, "incorrect"),
    ],
)
def test_a_reply_is_verified_as_in_a_job(answer: str, reply: str, more: dict[str, object], status: str) -> None:
    assert vilomem.verify("What is shown?", reply, answer, **more).status == status


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"options": "red"}, "options are a list"),
        ({"options": {"A": "red"}}, "options are a list"),
        ({"reply": None}, "reply is no text"),
        ({"reply": 7}, "reply is no text"),
    ],
)
def test_what_cannot_be_a_reply_or_options_is_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(vilomem.UserError, match=says):
        vilomem.verify(**{"question": "Which?", "reply": "red", "answer": "red", **given})
    assert vilomem.verify("Which?", "red", "red", options=None).status == "correct"


@pytest.mark.prefect
def test_a_bundle_is_opened_as_the_snapshot_that_it_holds_and_as_no_other(learned: str, tmp_path: Path) -> None:
    bundle = vilomem.export(store=learned, out=tmp_path / "bundle")
    with vilomem.open_store(learned) as store:
        held = store.latest_id()
    assert len(vilomem.open_memory(bundle, held, settings=LEXICAL).recall(QUESTION)) > 0
    with pytest.raises(vilomem.UserError, match=held):
        vilomem.open_memory(bundle, "snap_other", settings=LEXICAL)
    with pytest.raises(vilomem.UserError, match=r"embedders\.text"):
        vilomem.open_memory(bundle, settings={"embedders.text": "minilm"})


def test_a_question_that_cannot_be_graded_is_refused() -> None:
    with pytest.raises(vilomem.UserError, match="question is empty"):
        vilomem.verify(" ", "7", "7")
    with pytest.raises(vilomem.UserError, match="no answer"):
        vilomem.verify("How many?", "7", "")


def test_every_name_that_is_offered_is_there() -> None:
    assert set(vilomem.__all__) <= set(dir(vilomem))
    for name in vilomem.__all__:
        assert getattr(vilomem, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = vilomem.nonsense


def run_script(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(PROJECT)}
    return subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_importing_it_loads_no_library(tmp_path: Path) -> None:
    code = f"import sys, vilomem; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert run_script(tmp_path, "-c", code).stdout.strip() == "[]"


def test_a_folder_of_the_same_name_is_named_and_what_to_do(tmp_path: Path) -> None:
    """Every Prefect user has a folder ``flows``; where it is a package it comes before ours for scripts beside it."""
    (tmp_path / "flows").mkdir()
    script = tmp_path / "job.py"
    script.write_text("import vilomem\nprint(vilomem.verify('q', 'Answer: 7', '7').status)\nvilomem.learn({})")
    harmless = run_script(tmp_path, str(script)).stderr
    assert "no data set given" in harmless
    (tmp_path / "flows" / "__init__.py").touch()
    (tmp_path / "storage.py").touch()  # verification needs neither
    done = run_script(tmp_path, str(script))
    said = " ".join(done.stderr.split())
    assert done.stdout.strip() == "correct" and f"{tmp_path / 'flows'} is imported instead" in said and "Rename that folder" in said
    command = run_script(tmp_path, "-m", "vilomem", "--help")
    assert command.returncode == 2 and str(tmp_path / "flows") in command.stderr and "Traceback" not in command.stderr
