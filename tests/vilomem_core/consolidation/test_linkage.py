"""Nearest neighbours and average linkage against the textbook."""

from __future__ import annotations

import numpy as np
import pytest

from vilomem_core.consolidation.linkage import agglomerate, neighbour_pairs
from vilomem_core.types import F32

NOBODY = (np.zeros(0, np.int64), np.zeros(0, np.int64))


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
