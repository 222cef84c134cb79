"""Words in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vilomem_core.recall import words
from vilomem_core.recall.words import build_word_index

DOCUMENTS = ("Read the graduations of the cylinder.", "Square the ratio of lengths.", "the the the", "", "座標軸の目盛りを読む")


def similarities(text: str, emphasis: str = "") -> list[float]:
    index = build_word_index(DOCUMENTS)
    return index.similarity(np.arange(len(DOCUMENTS)), index.query(text, emphasis)).tolist()


def test_the_same_words_are_alike_and_other_words_are_not() -> None:
    same = similarities("Read the graduations of the cylinder.")

    assert same[0] == pytest.approx(1.0, abs=2e-3)
    assert max(same[1:]) < 0.3


def test_inflected_and_compound_words_are_found() -> None:
    found = similarities("a graduated measuring-cylinder")

    assert found[0] > 0.2
    assert found.index(max(found)) == 0


def test_scripts_without_spaces_are_found() -> None:
    assert similarities("目盛りを読む")[4] > 0.3


def test_words_that_all_documents_share_weigh_little() -> None:
    rare, common = similarities("ratio of the graph")[1], similarities("the of the graph")[1]

    assert rare > 3 * common


def test_emphasised_words_weigh_more() -> None:
    assert similarities("cylinder and ratio", "ratio")[1] > similarities("cylinder and ratio")[1]


def test_only_the_asked_rows_are_compared_in_their_order() -> None:
    index = build_word_index(DOCUMENTS)
    whole = index.similarity(np.arange(len(DOCUMENTS)), index.query("square cylinder"))

    assert index.similarity(np.array([3, 1, 1]), index.query("square cylinder")).tolist() == whole[[3, 1, 1]].tolist()


def test_an_index_of_nothing_answers() -> None:
    index = build_word_index(())

    assert len(index.similarity(np.zeros(0, np.int64), index.query("word"))) == 0


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build_word_index(DOCUMENTS)
    monkeypatch.setattr(words, "BLOCK_DOCUMENTS", 2)
    split = build_word_index(DOCUMENTS)

    assert np.array_equal(whole.offsets, split.offsets)
    assert np.array_equal(whole.places, split.places)
    assert np.array_equal(whole.weights, split.weights)


@given(st.lists(st.text(), max_size=5), st.text(), st.text())
def test_any_text_gives_cosines(documents: list[str], text: str, emphasis: str) -> None:
    index = build_word_index(documents)
    found = index.similarity(np.arange(len(documents)), index.query(text, emphasis))

    assert found.shape == (len(documents),)
    assert np.isfinite(found).all()
    assert (np.abs(found) <= 1.01).all()
