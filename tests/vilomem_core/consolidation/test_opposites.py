"""Look-alike rules: what splits them although their wordings are close to each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vilomem_core.consolidation.opposites import (
    WordSequence,
    contrasts,
    minimal_pair,
    poles,
    split_opposites,
    stance,
    word_sequence,
)
from vilomem_core.types import F32
from vilomem_core.words import tokens


def pole(text: str, term: str) -> float:
    """On which side of the contrast that ``term`` belongs to a text stands."""
    known = contrasts("Topics")
    index = next(place for place, name in enumerate(known.names) if f"{term} |" in name or f"{term}, " in name)
    return float(poles(tokens(text), known)[index])


def is_minimal_pair(left: str, right: str) -> bool:
    return minimal_pair(word_sequence(tokens(left)), word_sequence(tokens(right)))


def test_a_text_stands_on_the_side_that_it_names_more_often():
    assert pole("Add the resistances of a series connection: a series has one path.", "series") == 1
    assert pole("In parallel branches the reciprocal values add up.", "series") == -1
    assert abs(pole("A series is not a parallel branch side by side.", "series")) < 1
    assert pole("Read the title of the picture.", "series") == 0


def test_a_negated_term_speaks_for_the_other_side():
    assert pole("The resistors are not in series.", "series") == -1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "With its vertex on the circle, the angle is half the arc that it cuts out.",
            "With its vertex at the centre, the angle is equal to the arc that it cuts out.",
        ),
        (
            "Multiply when the balls are put back before the next draw.",
            "Multiply when the balls are not put back before the next draw.",
        ),
        (
            "The curve moves upward when the constant is added to the function.",
            "The curve moves downward when the constant is added to the function.",
        ),
    ],
)
def test_nearly_the_same_words_around_an_opposite_are_a_minimal_pair(left: str, right: str):
    assert is_minimal_pair(left, right) and is_minimal_pair(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Square the factor when an area is scaled.", "An area grows with the square of the factor by which lengths are scaled."),
        ("Read the legend before the bars.", "Do not compare temperatures across seasons."),
        (
            "Read the legend of the chart before the bars are compared.",
            "Read the legend of the chart before the bars are compared.",
        ),
    ],
)
def test_other_words_or_no_opposite_are_no_minimal_pair(left: str, right: str):
    assert not is_minimal_pair(left, right)


SOME_WORDS = st.lists(
    st.sampled_from(["add", "the", "left", "right", "not", "angle", "of", "bars", "up", "down", "inside", "to"]), max_size=24
)


@settings(max_examples=300, deadline=None)
@given(SOME_WORDS, SOME_WORDS, SOME_WORDS, SOME_WORDS)
def test_looking_at_runs_of_words_first_changes_no_verdict(head: list[str], tail: list[str], one: list[str], other: list[str]):
    left, right = [*head, *one, *tail], [*head, *other, *tail]
    anything = frozenset({(str(number),) for number in range(99)})  # shared runs enough for any first look
    unfiltered = minimal_pair(WordSequence(tuple(left), anything), WordSequence(tuple(right), anything))
    assert minimal_pair(word_sequence(left), word_sequence(right)) == unfiltered


def near(texts: list[str], similarity: float = 1.0) -> F32:
    """f32[n, n + 1]: all as similar to each other as ``similarity``, each with itself 1.5."""
    shared = np.full((len(texts), 1), np.sqrt(similarity), np.float32)
    return np.hstack([shared, np.eye(len(texts), dtype=np.float32) * np.sqrt(1.5 - similarity)])


def parts(texts: list[str]) -> set[frozenset[int]]:
    known = stance(texts, [()] * len(texts), near(texts))
    return {frozenset(group) for group in split_opposites(range(len(texts)), known, 0.55, 0.75)}


def test_a_cluster_whose_members_take_two_sides_is_split():
    series = ["Resistors in series add up.", "A series has one path for the current.", "One single loop is a series."]
    parallel = [
        "Parallel resistors share the voltage.",
        "In a branch side by side the voltage is equal.",
        "Add reciprocals in parallel.",
    ]
    assert parts(series + parallel) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def test_a_cluster_of_one_side_stays_whole():
    assert len(parts(["Resistors in series add up.", "A series has one path.", "One single loop is a series."])) == 1


def test_one_slip_splits_nothing():
    texts = ["Resistors in series add up.", "A series has one path.", "One single loop is a series.", "Parallel resistors add up."]
    assert len(parts(texts)) == 1


def test_minimal_pairs_never_end_together():
    left = "Multiply the fractions when the balls are put back before the next draw."
    right = "Multiply the fractions when the balls are not put back before the next draw."
    found = parts([left, right, "Draws change what is left in the bag."])
    assert not any({0, 1} <= group for group in found)
