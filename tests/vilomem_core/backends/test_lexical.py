from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vilomem_core.backends.lexical import LexicalEmbedder


def similarity(left: str, right: str) -> float:
    vectors = LexicalEmbedder().embed([left, right])
    return float(vectors[0] @ vectors[1])


def test_shared_wording_is_near_and_other_wording_is_not() -> None:
    rule = "Check which axis of the chart is logarithmic before reading a value."
    assert similarity(rule, "Before you read values, check whether a chart's axis is logarithmic.") > 0.5
    assert similarity(rule, "A rhombus has four equal sides.") < 0.25


def test_spelling_and_endings_hardly_matter() -> None:
    assert similarity("colours of triangles", "color of the triangle") > 0.5


def test_function_words_alone_make_no_likeness() -> None:
    assert similarity("is it on the table or not", "is he on the bus or not") < similarity("the table", "a table")


@given(st.lists(st.text(), max_size=5))
def test_any_text_gives_a_unit_or_zero_row_the_same_each_time(texts: list[str]) -> None:
    vectors = LexicalEmbedder().embed(texts)
    assert vectors.shape == (len(texts), LexicalEmbedder.dimension)
    lengths = np.linalg.norm(vectors, axis=1)
    assert all(abs(length - 1) < 1e-5 or length == 0 for length in lengths)
    np.testing.assert_array_equal(vectors, LexicalEmbedder().embed(texts))


def test_a_vector_is_the_same_in_every_release() -> None:
    """Stored vectors must stay comparable: whoever changes this must change the fingerprint."""
    vector = LexicalEmbedder().embed(["Read the axis, then the bar."])[0]
    assert LexicalEmbedder.fingerprint == "lexical/1"
    assert [int(place) for place in np.argsort(-np.abs(vector), kind="stable")[:3]] == [243, 121, 125]
