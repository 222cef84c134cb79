"""Look-alike rules: what parts them although their wordings are close to each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vilomem_core.consolidation.contrast import contrasts, poles
from vilomem_core.consolidation.linkage import agglomerate
from vilomem_core.consolidation.neighbours import neighbour_pairs
from vilomem_core.consolidation.parting import part, stance
from vilomem_core.consolidation.twins import Wording, minimal_pair, wording
from vilomem_core.types import F32
from vilomem_core.words import tokens

NOBODY = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def pole(text: str, term: str) -> float:
    """On which side of the contrast that ``term`` belongs to a text stands."""
    known = contrasts("Topics")
    index = next(place for place, name in enumerate(known.names) if f"{term} |" in name or f"{term}, " in name)
    return float(poles(tokens(text), known)[index])


def twins(left: str, right: str) -> bool:
    return minimal_pair(wording(tokens(left)), wording(tokens(right)))


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
def test_nearly_the_same_words_around_an_opposite_are_twins(left: str, right: str):
    assert twins(left, right) and twins(right, left)


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
def test_other_words_or_no_opposite_are_no_twins(left: str, right: str):
    assert not twins(left, right)


SOME_WORDS = st.lists(
    st.sampled_from(["add", "the", "left", "right", "not", "angle", "of", "bars", "up", "down", "inside", "to"]), max_size=24
)


@settings(max_examples=300, deadline=None)
@given(SOME_WORDS, SOME_WORDS, SOME_WORDS, SOME_WORDS)
def test_looking_at_runs_of_words_first_changes_no_verdict(head: list[str], tail: list[str], one: list[str], other: list[str]):
    left, right = [*head, *one, *tail], [*head, *other, *tail]
    anything = frozenset({(str(number),) for number in range(99)})  # shared runs enough for any first look
    unfiltered = minimal_pair(Wording(tuple(left), anything), Wording(tuple(right), anything))
    assert minimal_pair(wording(left), wording(right)) == unfiltered


def near(texts: list[str], similarity: float = 1.0) -> F32:
    """f32[n, n + 1]: all as similar to each other as ``similarity``, each with itself 1.5."""
    shared = np.full((len(texts), 1), np.sqrt(similarity), np.float32)
    return np.hstack([shared, np.eye(len(texts), dtype=np.float32) * np.sqrt(1.5 - similarity)])


def parts(texts: list[str]) -> set[frozenset[int]]:
    known = stance(texts, [()] * len(texts), near(texts))
    return {frozenset(group) for group in part(range(len(texts)), known, 0.55, 0.75)}


def test_a_cluster_whose_members_take_two_sides_is_parted():
    series = ["Resistors in series add up.", "A series has one path for the current.", "One single loop is a series."]
    parallel = [
        "Parallel resistors share the voltage.",
        "In a branch side by side the voltage is equal.",
        "Add reciprocals in parallel.",
    ]
    assert parts(series + parallel) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


def test_a_cluster_of_one_side_stays_whole():
    assert len(parts(["Resistors in series add up.", "A series has one path.", "One single loop is a series."])) == 1


def test_one_slip_of_the_tongue_parts_nothing():
    texts = ["Resistors in series add up.", "A series has one path.", "One single loop is a series.", "Parallel resistors add up."]
    assert len(parts(texts)) == 1


def test_minimal_pairs_never_end_together():
    left = "Multiply the fractions when the balls are put back before the next draw."
    right = "Multiply the fractions when the balls are not put back before the next draw."
    found = parts([left, right, "Draws change what is left in the bag."])
    assert not any({0, 1} <= group for group in found)


def blobs(sizes: list[int], seed: int) -> F32:
    rng = np.random.default_rng(seed)
    rows = [rng.standard_normal(16) * 3 + rng.standard_normal((size, 16)) * 0.5 for size in sizes]
    flat = np.vstack(rows)
    return (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32)


def average_linkage(vectors: F32, link: float) -> set[frozenset[int]]:
    """One merge at a time over all pairs: the textbook."""
    groups = [[row] for row in range(len(vectors))]
    similarity = vectors @ vectors.T
    while len(groups) > 1:
        pairs = [(similarity[np.ix_(a, b)].mean(), i, j) for i, a in enumerate(groups) for j, b in enumerate(groups) if i < j]
        best, i, j = max(pairs)
        if best < link:
            break
        groups[i] += groups.pop(j)
    return {frozenset(group) for group in groups}


@pytest.mark.parametrize("seed", range(6))
def test_reciprocal_merging_gives_the_tree_of_average_linkage(seed: int):
    vectors = blobs([5, 7, 3, 8], seed)
    rows = np.random.default_rng(seed).permutation(len(vectors))
    labels = agglomerate(vectors[rows], np.triu_indices(len(rows), 1), NOBODY, 0.6, 0.0)
    found = {frozenset(rows[labels == label].tolist()) for label in set(labels.tolist())}
    assert found == average_linkage(vectors, 0.6)


def test_forbidden_pairs_end_apart_and_the_order_of_pairs_plays_no_part():
    vectors = blobs([8], 1)
    left, right = np.triu_indices(8, 1)
    turned = np.random.default_rng(0).permutation(len(left))
    forbidden = (np.array([0]), np.array([5]))
    labels = agglomerate(vectors, (left, right), forbidden, 0.1, 0.0)
    again = agglomerate(vectors, (left[turned], right[turned]), forbidden, 0.1, 0.0)
    assert labels[0] != labels[5] and (labels == again).all()


def test_a_tight_topic_keeps_its_rules_apart_by_their_cohesion():
    rng = np.random.default_rng(3)
    base = np.eye(40)
    rows = [0.9 * base[0] + (0.75 * base[1 + rule] + 0.1 * base[10 + rng.integers(0, 30)]) for rule in (0, 1) for _ in range(5)]
    vectors = np.asarray(rows, np.float32)
    pairs = np.triu_indices(10, 1)
    assert len(set(agglomerate(vectors, pairs, NOBODY, 0.55, 0.0).tolist())) == 1
    assert len(set(agglomerate(vectors, pairs, NOBODY, 0.55, 0.75).tolist())) == 2


def test_neighbours_among_many_are_those_that_comparing_all_finds():
    vectors = blobs([25] * 200, 5)
    left, right = neighbour_pairs(vectors, 8, 0.5)
    found = set(zip(left.tolist(), right.tolist(), strict=True))
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -1)
    nearest = np.argsort(-similarity, axis=1)[:, :8]
    wanted = {(min(a, b), max(a, b)) for a, near in enumerate(nearest.tolist()) for b in near if similarity[a, b] >= 0.5}
    assert len(found & wanted) >= 0.95 * len(wanted) and (left < right).all()
