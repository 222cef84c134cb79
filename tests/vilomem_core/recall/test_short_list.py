"""Large banks are searched through sketches, and lose almost nothing by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.vilomem_core.recall.samples import ask, bank_of
from vilomem_core.recall import search
from vilomem_core.recall.bank import MemoryBank, TextKind
from vilomem_core.recall.engine import Recaller
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.recall.sketch import BITS, build_sketch
from vilomem_core.recall.words import build_word_index
from vilomem_core.types import F32

ROWS, TOPICS, DIM = 6_000, 300, 64


def unit(vectors: np.ndarray) -> F32:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors() -> F32:
    rng = np.random.default_rng(0)
    topics = rng.normal(size=(TOPICS, DIM))
    return unit(topics[np.arange(ROWS) % TOPICS] + 0.8 * rng.normal(size=(ROWS, DIM)))


def large_bank(vectors: F32) -> MemoryBank:
    """Half visual, half logic; every memory is a rule and, if visual, a picture."""
    rows = np.arange(ROWS, dtype=np.int32)
    half = ROWS // 2
    return replace(
        bank_of(),
        memory_ids=[f"m{row:05d}" for row in range(ROWS)],
        streams=(rows >= half).astype(np.uint8),
        rules=["A rule."] * ROWS,
        subjects=["even" if row % 2 == 0 else "odd" for row in range(ROWS)],
        key_concepts=[()] * ROWS,
        prototypes=vectors,
        cohesion=np.ones(ROWS, np.float32),
        words=build_word_index(["a rule"] * ROWS),
        text_owner=rows,
        text_kind=np.full(ROWS, TextKind.RULE, np.uint8),
        texts=["A rule."] * ROWS,
        text_vectors=vectors,
        image_owner=rows[:half],
        image_vectors=vectors[:half, ::-1].copy(),
        text_sketch=build_sketch(vectors),
        image_sketch=build_sketch(vectors[:half, ::-1].copy()),
    )


def test_sketches_let_the_nearest_through(vectors: F32) -> None:
    sketch = build_sketch(vectors)
    shares = []
    for row in range(0, ROWS, 200):
        exact = set(np.argsort(-(vectors @ vectors[row]))[:10].tolist())
        shares.append(len(exact & set(sketch.nearest(vectors[row], 0, ROWS, 300).tolist())) / 10)

    assert np.mean(shares) > 0.99


def test_sketches_keep_to_their_span_and_to_what_is_allowed(vectors: F32) -> None:
    allowed = np.arange(1_000, 5_000) % 3 == 0
    found = build_sketch(vectors).nearest(vectors[1_500], 1_000, 5_000, 200, allowed)

    assert 1_500 in found
    assert found.min() >= 1_000
    assert found.max() < 5_000
    assert allowed[found - 1_000].all()


def test_vectors_that_are_all_the_same_do_not_swell_the_short_list() -> None:
    same = unit(np.ones((ROWS, DIM)))

    assert len(build_sketch(same).nearest(same[0], 0, ROWS, 100)) == 200


@pytest.mark.parametrize("dim", [3, 64, BITS, BITS + 100])
def test_vectors_of_any_width_are_sketched(dim: int) -> None:
    points = unit(np.random.default_rng(1).normal(size=(500, dim)))

    assert 7 in build_sketch(points).nearest(points[7], 0, 500, 50)


@pytest.mark.parametrize("subject", [None, "odd"])
def test_a_sketched_bank_recalls_what_a_whole_search_recalls(
    vectors: F32, subject: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SHORT_LIST", 128)
    bank = large_bank(vectors)
    settings = RecallSettings(top_k=10, subject=subject, token_budget=10_000)
    sketched = Recaller(bank, settings)
    whole = Recaller(replace(bank, text_sketch=None, image_sketch=None), settings)
    shares = []
    for row in range(0, ROWS, 151):
        query = replace(ask(0), text_vectors=vectors[row][None], image_vectors=vectors[row, ::-1][None])
        wanted = {hit.memory_id for hit in whole.recall(query)}
        found = {hit.memory_id for hit in sketched.recall(query)}
        shares.append(len(wanted & found) / len(wanted | found) if wanted | found else 1.0)

    assert np.mean(shares) > 0.97


@pytest.mark.parametrize("seed", range(30))
def test_the_nearest_by_image_are_those_of_comparing_all_pairs(seed: int) -> None:
    """However many pictures memories have, and whatever is left out."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(3, 60))
    owner = np.repeat(np.arange(rows), rng.integers(1, 17, rows)).astype(np.int32)
    middles = rng.normal(size=(rows, 8))
    pictures = unit(middles[owner] + 0.1 * rng.normal(size=(len(owner), 8)))  # those of a memory lie close together
    images = unit(rng.normal(size=(int(rng.integers(1, 4)), 8)))
    allowed = rng.random(rows) < 0.8 if rng.random() < 0.5 else None
    excluded = rng.choice(rows, int(rng.integers(0, 3)), replace=False).astype(np.int64)
    query = replace(ask(0), image_vectors=images)
    prototypes = np.zeros((rows, query.text_vectors.shape[1]), np.float32)
    bank = replace(bank_of(), prototypes=prototypes, image_owner=owner, image_vectors=pictures)

    found = search.nearest_by_image(bank, query, 5, search.Scope(allowed, excluded)).images

    best = np.full(rows, -np.inf)
    np.maximum.at(best, owner, (pictures @ images.T).max(axis=1))
    best[excluded] = -np.inf
    if allowed is not None:
        best[~allowed] = -np.inf
    wanted = [row for row in np.argsort(-best)[:5].tolist() if np.isfinite(best[row])]
    assert list(found) == wanted
    assert list(found.values()) == pytest.approx([best[row] for row in wanted], abs=1e-6)
