"""The way in for other programs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from tests.vilomem_core.recall.samples import IMAGE_DIM, TEXT_DIM, along, bank_of, candidate, memory, picture, visual
from vilomem_core.errors import DataError, SettingsError, StoreError
from vilomem_core.ids import case_key
from vilomem_core.images import read_image
from vilomem_core.recall.bundle import save
from vilomem_core.recall.query import Question, concept_text, query_texts
from vilomem_core.recall.recaller import render_memory_section
from vilomem_core.recall.service import OpenSnapshot, open_recaller, recall_case, recall_cases
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import F32, Analysis, AnswerType, Case, Image

ANALYSIS = Analysis("Charts", ("bar chart", "axis"))


@dataclass(frozen=True)
class KeywordEmbedder:
    """A text's direction is the number that it holds."""

    fingerprint: str = "text-a"
    dimension: int = TEXT_DIM

    def embed(self, texts: Sequence[str]) -> F32:
        return np.stack([along(*(int(word) for word in text.split() if word.isdigit())) for text in texts])


@dataclass(frozen=True)
class WidthEmbedder:
    """A picture's direction is its width."""

    fingerprint: str = "image-a"
    dimension: int = IMAGE_DIM

    def embed(self, images: Sequence[Image]) -> F32:
        return np.stack([picture(image.width) for image in images]) if images else np.zeros((0, IMAGE_DIM), np.float32)


@dataclass(frozen=True)
class PlainEmbedder(WidthEmbedder):
    """Every picture looks like those of pies."""

    def embed(self, images: Sequence[Image]) -> F32:
        return np.stack([picture(2)] * len(images)) if images else np.zeros((0, IMAGE_DIM), np.float32)


def case(question: str, *widths: int) -> Case:
    images = tuple(Image(f"sha{width}", "image/png", width, 1, b"") for width in widths)
    return Case("case", question, "1", AnswerType.NUMBER, images=images)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    own = candidate("own", (4,), guideline="Look.", question="about 4", case_key=case_key(case("about 4")))
    save(
        bank_of(
            visual("bars", (0,), picture(1)), visual("pies", (0, 1), picture(2)), (memory("own", (4,), members=(own,)), (own,))
        ),
        tmp_path / "bundle",
    )
    return tmp_path / "bundle"


def test_a_bundle_answers_for_cases_with_pictures(bundle: Path) -> None:
    recaller = open_recaller(bundle, RecallSettings(stage_one_k=1))
    cases = [case("about 0", 1), case("about 0", 2), case("about 4", 5), case("about 0 and 4")]

    found = recall_cases(recaller, cases, KeywordEmbedder(), WidthEmbedder())

    assert [[hit.memory_id for hit in hits] for hits in found] == [["bars"], ["pies"], ["own"], ["bars", "pies", "own"]]
    assert found == [recall_case(recaller, one, KeywordEmbedder(), WidthEmbedder()) for one in cases]


def test_the_own_case_is_left_out(bundle: Path) -> None:
    assert recall_case(open_recaller(bundle), case("about 4"), KeywordEmbedder()) == ()


def test_an_open_snapshot_answers_questions_and_writes_the_prompt_section(bundle: Path, tmp_path: Path) -> None:
    PIL.Image.new("RGB", (12, 12), "red").save(tmp_path / "red.png")
    memory = OpenSnapshot(open_recaller(str(bundle), RecallSettings(top_k=1, stage_one_k=1)), KeywordEmbedder(), PlainEmbedder())
    red = read_image(tmp_path / "red.png")

    hits = memory.recall("about 0", images=[str(tmp_path / "red.png")])

    assert [hit.memory_id for hit in hits] == ["pies"]
    assert memory.prompt(hits) == render_memory_section(hits, RecallSettings())
    assert "Rule pies." in memory.prompt(hits)
    assert memory.recall("about 0", images=[red]) == memory.recall("about 0", images=[tmp_path / "red.png"]) == hits
    assert memory.recall("about 0", images=str(tmp_path / "red.png")) == hits  # one alone
    assert memory.recall_many([Question("about 4"), Question("about 0", [red])]) == [memory.recall("about 4"), hits]
    assert memory.recall_many([Question("about 0", [tmp_path / "red.png"])]) == [hits]  # type: ignore[list-item]
    assert [hit.memory_id for hit in memory.recall("about 4")] == ["own"]  # a question, no case: its own lesson is found too


def test_of_many_questions_the_one_that_cannot_be_asked_is_named(bundle: Path, tmp_path: Path) -> None:
    memory = OpenSnapshot(open_recaller(bundle), KeywordEmbedder())

    with pytest.raises(DataError, match=r"^question 2: the question is empty"):
        memory.recall_many([Question("about 0"), Question("  ")])
    with pytest.raises(DataError, match=r"^the question is empty"):
        memory.recall("")
    with pytest.raises(DataError, match=r"cannot read the image .*none\.png"):
        memory.recall("about 0", images=[tmp_path / "none.png"])


@pytest.mark.parametrize("questions", ["text", ["text"], [Question(None)], [Question("about 0", (), {"subject": "x"})]])  # type: ignore[arg-type]
def test_what_is_no_question_is_refused(bundle: Path, questions: object) -> None:
    with pytest.raises(DataError, match=r"is no (question|analysis)"):
        OpenSnapshot(open_recaller(bundle), KeywordEmbedder()).recall_many(questions)  # type: ignore[arg-type]


def test_a_path_may_be_a_text(bundle: Path) -> None:
    assert open_recaller(str(bundle), verify=True).bank.snapshot_id == open_recaller(bundle).bank.snapshot_id == "snap_1"
    with pytest.raises(StoreError, match="there is no recall bundle at nowhere"):
        open_recaller("nowhere")
    save(open_recaller(bundle).bank, str(bundle.with_name("copy")))
    assert open_recaller(str(bundle.with_name("copy"))).bank.memory_ids[0] == "bars"


def test_without_an_image_embedder_texts_decide(bundle: Path) -> None:
    found = recall_case(open_recaller(bundle, RecallSettings(stage_one_k=1)), case("about 0", 2), KeywordEmbedder(), None, None)

    assert [hit.memory_id for hit in found] == ["bars", "pies"]


def test_another_embedder_is_refused_and_told_what_to_do(bundle: Path) -> None:
    recaller = open_recaller(bundle)

    with pytest.raises(StoreError, match=r"texts of snapshot snap_1 were embedded with text-a, not with text-b.*reembed"):
        recall_case(recaller, case("about 0"), KeywordEmbedder("text-b"))
    with pytest.raises(StoreError, match="images of snapshot snap_1 were embedded with image-a, not with image-b"):
        recall_case(recaller, case("about 0"), KeywordEmbedder(), WidthEmbedder("image-b"))


def test_an_empty_question_is_refused(bundle: Path) -> None:
    with pytest.raises(DataError, match="question is empty"):
        recall_case(open_recaller(bundle), case("  "), KeywordEmbedder())


def test_the_texts_of_a_query() -> None:
    assert query_texts("How tall?", None) == query_texts("How tall?", Analysis("", ())) == ("How tall?",)
    assert query_texts("How tall?", ANALYSIS) == (
        "How tall?",
        "How tall? Subject: Charts; Key Concepts: bar chart, axis",
        "Charts: bar chart, axis",
    )
    assert concept_text(Analysis("", ())) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"streams": ("visual", "smell")},
        {"top_k": 0},
        {"stage_one_k": -1},
        {"token_budget": -1},
        {"duplicate_distance": 2.0},
        {"runner_up_margin": -0.1},
        {"logic_threshold": 3.0},
    ],
)
def test_wrong_settings_name_their_key(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=f"recall.{next(iter(wrong))}"):
        RecallSettings(**wrong)  # type: ignore[arg-type]


def test_the_way_in_imports_no_engine_orchestrator_or_database() -> None:
    code = """
import sys
import vilomem_core.recall.service
heavy = {"torch", "prefect", "ray", "lancedb", "lance", "duckdb", "transformers", "open_clip", "pandas", "scipy", "vllm", "PIL"}
print(*sorted(heavy & set(sys.modules)))
"""
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == ""
