"""Large banks are searched through sketches, and lose almost nothing by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.vilomem_core.recall.samples import ask, bank_of
from vilomem_core.recall import search
from vilomem_core.recall import sketch as sketch_module
from vilomem_core.recall.bank import MemoryBank, TextKind
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.sketch import BITS, build_sketch
from vilomem_core.recall.words import build_word_index
from vilomem_core.settings.method import RecallSettings
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


@pytest.mark.parametrize("common", [0.0, 10.0])
def test_sketches_let_the_nearest_through(vectors: F32, common: float) -> None:
    """Also where all vectors have much in common."""
    vectors = unit(vectors + common * np.ones(DIM) / np.sqrt(DIM))
    sketch = build_sketch(vectors)
    shares = []
    for row in range(0, ROWS, 200):
        exact = set(np.argsort(-(vectors @ vectors[row]))[:10].tolist())
        shares.append(len(exact & set(sketch.nearest(vectors[row], 0, ROWS, 60).tolist())) / 10)

    assert np.mean(shares) > 0.95  # 0.87 if the coordinates were not turned


@pytest.mark.parametrize("dim", [100, 384, 700])
def test_signs_that_differ_tell_the_angle(dim: int) -> None:
    rng = np.random.default_rng(2)
    points = unit(rng.normal(size=(400, dim)) + 0.5)
    points[1::2] = unit(points[::2] + rng.random((200, 1)) * points[1::2])
    sketch = build_sketch(points)
    centred = unit(points - sketch.mean)
    angles = np.arccos(np.clip((centred[::2] * centred[1::2]).sum(axis=1), -1, 1)) / np.pi
    differing = np.bitwise_count(sketch.bits[:, ::2] ^ sketch.bits[:, 1::2]).sum(axis=0)

    assert np.sqrt(np.mean((differing - BITS * angles) ** 2)) < 12  # that of independent directions is 11


def test_a_sketch_made_and_searched_in_blocks_is_that_of_one(vectors: F32, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build_sketch(vectors)
    found = whole.nearest(vectors[3], 5, ROWS - 5, 200)
    monkeypatch.setattr(sketch_module, "BUILD_NUMBERS", 1_000 * BITS)
    monkeypatch.setattr(sketch_module, "SCAN_ROWS", 700)
    in_blocks = build_sketch(vectors)

    assert np.array_equal(in_blocks.bits, whole.bits)
    assert np.array_equal(np.sort(in_blocks.nearest(vectors[3], 5, ROWS - 5, 200)), np.sort(found))


@pytest.mark.parametrize("period", [2, 5, 7, 8, 14, 16])
def test_the_nearest_may_lie_at_any_distance_from_each_other(period: int) -> None:
    """Pictures of memories that have the same number of them lie so: the search looks at every seventh row to set its cut."""
    rng = np.random.default_rng(4)
    points = unit(rng.normal(size=(period * 600, 32)))
    points[::period] = unit(np.ones(32) + 0.3 * rng.normal(size=(600, 32)))
    found = build_sketch(points).nearest(unit(np.ones((1, 32)))[0], 0, len(points), 100)

    assert 50 <= len(found) <= 200
    assert not np.any(found % period)


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
    rng = np.random.default_rng(1)
    points = unit(rng.normal(size=(500, dim)))
    asked = unit(points[7:8] + 0.3 * unit(rng.normal(size=(1, dim))))[0]

    assert 7 in build_sketch(points).nearest(asked, 0, 500, 50)


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
