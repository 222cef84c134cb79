"""From memories and candidates to a bank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.vilomem_core.recall.samples import TEXT_DIM, along, ask, bank_of, candidate, memory
from vilomem_core.errors import StoreError
from vilomem_core.recall.bank import LEAST_MEMORIES, Fingerprints, TextKind
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import F32, Candidate, Memory

MARKS = Fingerprints("text-a", "image-a")


def test_a_missing_member_is_an_error() -> None:
    lost = candidate("c_lost", (0,), guideline="Look.")

    with pytest.raises(StoreError, match=r"memory a names the candidate c_lost, which is not there.*--rebuild"):
        build_bank([memory("a", (0,), members=(lost,))], [], "snap", MARKS)


def test_vectors_of_two_lengths_are_an_error() -> None:
    source = replace(candidate("c", (0,), guideline="Look."), guideline_vector=np.ones(7, np.float32))

    with pytest.raises(StoreError, match=r"of 12 and of 7 numbers.*reembed"):
        build_bank([memory("a", (0,), members=(source,))], [source], "snap", MARKS)
    with pytest.raises(StoreError, match="of 5 and of 12 numbers"):
        build_bank([memory("a", (0,)), replace(memory("b", (1,)), rule_vector=np.ones(5, np.float32))], [], "snap", MARKS)


def test_vectors_that_are_not_numbers_are_an_error() -> None:
    with pytest.raises(StoreError, match="not numbers"):
        build_bank([replace(memory("a", (0,)), rule_vector=np.full(TEXT_DIM, np.nan, np.float32))], [], "snap", MARKS)


def test_the_order_of_memories_and_candidates_does_not_matter() -> None:
    members = [candidate(f"c{n}", (n,), guideline=f"Guideline {n}.", question=f"Question {n}?") for n in range(5)]
    memories = [memory(f"m{n}", (n,), members=(member,)) for n, member in enumerate(members)]
    one = build_bank(memories, members, "snap", MARKS)
    other = build_bank(memories[::-1], members[::-1], "snap", MARKS)

    assert list(one.memory_ids) == list(other.memory_ids)
    assert np.array_equal(one.prototypes, other.prototypes)
    assert np.array_equal(one.source_keys, other.source_keys)


def test_a_memory_of_10000_members_keeps_few_texts_that_differ_most() -> None:
    alike = [candidate(f"c{n:05d}", (0,), guideline=f"Wording {n}.", question="The same?") for n in range(10_000)]
    apart = candidate("c_apart", (7,), guideline="Something else.")
    bank = build_bank([memory("m", (0,), members=(*alike, apart))], [*alike, apart], "snap", MARKS)

    kinds = np.bincount(bank.text_kind, minlength=len(TextKind))
    assert kinds[TextKind.QUESTION] == 1
    assert kinds[TextKind.MEMBER] <= 16
    assert "Something else." in bank.texts
    assert len(Recaller(bank, RecallSettings()).recall(ask(0, case_key="case_c09999"))) == 0


def many(shift: float = 0.0) -> tuple[list[Memory], list[Candidate]]:
    """Memories of 40 topics in 96 dimensions; ``shift`` adds one common direction, as embedders with high cosines have."""
    rng = np.random.default_rng(0)
    memories, candidates = [], []
    for number in range(40):
        topic = rng.normal(size=96)
        rule, question = (_shifted(topic + 0.8 * rng.normal(size=96), shift) for _ in range(2))
        source = replace(candidate(f"c{number}", (), guideline="", question=f"Question {number}?"), question_vector=question)
        memories.append(replace(memory(f"m{number:02d}", (), members=(source,)), rule_vector=rule))
        candidates.append(source)
    return memories, candidates


def _shifted(vector: np.ndarray, shift: float) -> F32:
    unit = np.append(vector / np.linalg.norm(vector), shift)
    return (unit / np.linalg.norm(unit)).astype(np.float32)


def test_an_embedder_with_high_cosines_recalls_the_same_as_one_with_low_ones() -> None:
    answers = []
    for shift in (0.0, 2.0):
        memories, candidates = many(shift)
        recaller = Recaller(build_bank(memories, candidates, "snap", MARKS), RecallSettings())
        rng = np.random.default_rng(1)
        near = [replace(ask(0), text_vectors=candidates[n].question_vector[None]) for n in range(40)]
        far = [replace(ask(0), text_vectors=_shifted(rng.normal(size=96), shift)[None]) for _ in range(40)]
        assert recaller.bank.calibration.source == "measured"
        answers.append([[hit.memory_id for hit in recaller.recall(query)] for query in near + far])

    assert answers[0] == answers[1]
    assert [found[0] for found in answers[0][:40]] == [f"m{n:02d}" for n in range(40)]
    assert not any(answers[0][40:])


def test_a_small_bank_of_an_unknown_embedder_is_taken_as_it_is() -> None:
    memories, candidates = many()
    few = build_bank(memories[: LEAST_MEMORIES - 1], candidates, "snap", MARKS)

    assert (few.calibration.source, few.calibration.scale, few.calibration.offset) == ("assumed", 1.0, 0.0)


def test_an_embedder_that_tells_nothing_apart_is_taken_as_it_is() -> None:
    pairs = []
    for number in range(LEAST_MEMORIES):
        source = candidate(f"c{number}", (0,), guideline="Look.", question=f"Question {number}?")
        pairs.append((memory(f"m{number}", (0,), members=(source,)), (source,)))

    assert bank_of(*pairs).calibration.source == "assumed"
    assert along(0) @ along(0) == pytest.approx(1.0)


def test_the_default_embedder_is_the_scale() -> None:
    assert bank_of(memory("a", (0,)), text_embedder="all-MiniLM-L6-v2/1").calibration.source == "shipped"
