"""Every record comes back from Arrow as it went in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.rows.attempts import attempts_from_arrow, attempts_to_arrow
from storage.rows.candidates import candidates_from_arrow, candidates_schema, candidates_to_arrow
from storage.rows.cases import cases_from_arrow, cases_to_arrow, images_from_arrow, images_to_arrow
from storage.rows.consolidation import events_from_arrow, events_to_arrow, judgements_from_arrow, judgements_to_arrow
from storage.rows.failures import failures_from_arrow, failures_to_arrow
from storage.rows.memories import lineage_to_arrow, memories_from_arrow, memories_schema, memories_to_arrow
from storage.rows.reflections import reflections_from_arrow, reflections_to_arrow
from storage.rows.runs import runs_from_arrow, runs_to_arrow
from storage.rows.snapshots import snapshots_from_arrow, snapshots_to_arrow
from tests.storage.samples import IMAGE_DIM, TEXT_DIM, attempt, candidate, memory
from vilomem_core.errors import StoreError
from vilomem_core.types import (
    Analysis,
    AnswerType,
    Attempt,
    Candidate,
    Case,
    Failure,
    Image,
    Judgement,
    Memory,
    MemoryEvent,
    MemoryState,
    RecallHit,
    Reflection,
    RunRecord,
    SnapshotRecord,
    Stream,
    Usage,
    Verdict,
    VerdictStatus,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
texts = st.lists(text, max_size=3).map(tuple)
floats = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 2**31 - 1)
streams = st.sampled_from(Stream)
usages = st.builds(Usage, counts, counts, counts, floats)
images = st.builds(Image, text, text, counts, counts, st.binary(max_size=30))
cases = st.builds(
    Case, text, text, st.none() | text, st.sampled_from(AnswerType), texts, st.just(()), st.none() | floats, text, texts, text
)
hits = st.builds(RecallHit, text, streams, text, floats, st.lists(st.tuples(text, floats), max_size=2).map(tuple), text)
verdicts = st.builds(Verdict, st.sampled_from(VerdictStatus), text, st.none() | text, text, usages)
attempts = st.builds(
    Attempt,
    *[text] * 8,
    verdicts,
    st.lists(hits, max_size=2).map(tuple),
    st.none() | st.builds(Analysis, text, texts),
    text,
    text,
    st.none() | st.integers(-(2**63), 2**63 - 1),
    usages,
    usages,
    text,
    counts,
)
reflections = st.builds(Reflection, text, streams, st.booleans(), text, st.none() | text, text, usages)
judgements = st.builds(Judgement, streams, text, text, st.booleans(), text, text)
events = st.builds(MemoryEvent, text, text, streams, text, text, text)
failures = st.builds(Failure, text, text, text, text, text, text, text, st.booleans(), counts)
runs = st.builds(
    RunRecord, text, text, counts, *[text] * 5, text, text, text, counts, counts, counts, counts, counts, counts, usages
)
snapshots = st.builds(SnapshotRecord, text, text, text, text, counts, counts, text, text, text, text)


def rows(records: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(records, max_size=3)


@settings(max_examples=40)
@given(rows(attempts), rows(reflections), rows(failures))
def test_outcomes_come_back(some_attempts: list[Attempt], some_reflections: list[Reflection], some_failures: list[Failure]) -> None:
    assert attempts_from_arrow(attempts_to_arrow(some_attempts)) == some_attempts
    assert reflections_from_arrow(reflections_to_arrow(some_reflections)) == some_reflections
    assert failures_from_arrow(failures_to_arrow(some_failures)) == some_failures


@settings(max_examples=40)
@given(rows(judgements), rows(events), rows(runs), rows(snapshots))
def test_decisions_and_runs_come_back(
    some_judgements: list[Judgement],
    some_events: list[MemoryEvent],
    some_runs: list[RunRecord],
    some_snapshots: list[SnapshotRecord],
) -> None:
    assert judgements_from_arrow(judgements_to_arrow(some_judgements)) == some_judgements
    assert events_from_arrow(events_to_arrow(some_events)) == some_events
    assert runs_from_arrow(runs_to_arrow(some_runs)) == some_runs
    assert snapshots_from_arrow(snapshots_to_arrow(some_snapshots)) == some_snapshots


@settings(max_examples=40)
@given(rows(cases), st.lists(images, max_size=3, unique_by=lambda image: image.sha256))
def test_cases_and_images_come_back(some_cases: list[Case], some_images: list[Image]) -> None:
    shown = [replace(case, images=tuple(some_images)) for case in some_cases]
    found = images_from_arrow(images_to_arrow([*some_images, *some_images]))
    assert found == some_images
    assert cases_from_arrow(cases_to_arrow(shown), {image.sha256: image for image in found}) == shown


@given(st.lists(st.integers(0, 3), max_size=4), st.integers(1, 4), st.integers(1, 4))
def test_vectors_come_back_to_the_bit(pictures: list[int], text_dim: int, image_dim: int) -> None:
    numbers = np.random.default_rng(len(pictures))

    def vectors(*shape: int) -> np.ndarray:
        return numbers.normal(size=shape).astype(np.float32)

    some = [
        replace(
            candidate(number),
            guideline_vector=vectors(text_dim),
            question_vector=vectors(text_dim),
            concept_vector=np.zeros(text_dim, dtype=np.float32),
            image_vectors=vectors(count, image_dim),
        )
        for number, count in enumerate(pictures)
    ]
    table = candidates_to_arrow(some, [None] * len(some), candidates_schema(text_dim, image_dim))
    assert [plain(found) for found in candidates_from_arrow(table)] == [plain(made) for made in some]
    rules = [memory(number, (candidate(number),), rule_vector=vectors(text_dim)) for number, _ in enumerate(pictures)]
    assert [plain(found) for found in memories_from_arrow(memories_to_arrow(rules, memories_schema(text_dim)))] == [
        plain(made) for made in rules
    ]


def plain(record: Candidate | Memory) -> dict[str, Any]:
    """A record with its vectors as bytes and shapes, so that records can be compared."""
    values = {name: getattr(record, name) for name in type(record).__slots__}
    return {name: (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value for name, value in values.items()}


def test_a_memory_keeps_its_state_and_its_lineage_names_each_member_once() -> None:
    members = (candidate(1), candidate(2))
    merged = replace(
        memory(1, members, Stream.LOGIC, state=MemoryState.MERGED, merged_into="mem_2", pinned=True),
        member_ids=(members[0].id, members[1].id, members[0].id),
    )
    found = memories_from_arrow(memories_to_arrow([merged], memories_schema(TEXT_DIM)))
    assert plain(found[0]) == plain(merged)
    assert lineage_to_arrow([merged]).column("candidate_id").to_pylist() == [members[0].id, members[1].id]


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    broken = replace(attempt(1), reply="half \ud83d a face", hits=(RecallHit("m", Stream.LOGIC, "\udfff", 0.5),))
    found = attempts_from_arrow(attempts_to_arrow([attempt(2), broken]))
    assert found[0] == attempt(2)
    assert found[1].reply == "half \ufffd a face"
    assert found[1].hits[0].rule == "\ufffd"


def test_a_vector_of_another_length_names_its_row() -> None:
    odd = replace(candidate(1), question_vector=np.ones(3, dtype=np.float32))
    with pytest.raises(StoreError, match=rf"a vector of {odd.id} has 3 numbers where {TEXT_DIM} are expected"):
        candidates_to_arrow([candidate(2), odd], [0, 0], candidates_schema(TEXT_DIM, IMAGE_DIM))


def test_a_vector_that_is_not_finite_names_its_row() -> None:
    broken = replace(candidate(1), image_vectors=np.full((2, IMAGE_DIM), np.nan, dtype=np.float32))
    with pytest.raises(StoreError, match=f"{broken.id} holds a number that is not finite"):
        candidates_to_arrow([broken], [0], candidates_schema(TEXT_DIM, IMAGE_DIM))
