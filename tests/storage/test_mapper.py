"""Every record comes back from Arrow as it went in."""

from __future__ import annotations

import hashlib
from dataclasses import make_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.mapper import Mapper
from storage.schema import (
    ATTEMPTS,
    CANDIDATES,
    CASES,
    EVENTS,
    FAILURES,
    FORMAT_VERSION,
    IMAGES,
    JUDGEMENTS,
    MEMORIES,
    REFLECTIONS,
    RUNS,
    SNAPSHOTS,
    images_to_arrow,
    lineage_to_arrow,
    table_schemas,
)
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


@settings(max_examples=40, deadline=None)
@given(rows(attempts), rows(reflections), rows(failures))
def test_outcomes_come_back(some_attempts: list[Attempt], some_reflections: list[Reflection], some_failures: list[Failure]) -> None:
    assert ATTEMPTS.from_arrow(ATTEMPTS.to_arrow(some_attempts)) == some_attempts
    assert REFLECTIONS.from_arrow(REFLECTIONS.to_arrow(some_reflections)) == some_reflections
    assert FAILURES.from_arrow(FAILURES.to_arrow(some_failures)) == some_failures


@settings(max_examples=40, deadline=None)
@given(rows(judgements), rows(events), rows(runs), rows(snapshots))
def test_decisions_and_runs_come_back(
    some_judgements: list[Judgement],
    some_events: list[MemoryEvent],
    some_runs: list[RunRecord],
    some_snapshots: list[SnapshotRecord],
) -> None:
    assert JUDGEMENTS.from_arrow(JUDGEMENTS.to_arrow(some_judgements)) == some_judgements
    assert EVENTS.from_arrow(EVENTS.to_arrow(some_events)) == some_events
    assert RUNS.from_arrow(RUNS.to_arrow(some_runs)) == some_runs
    assert SNAPSHOTS.from_arrow(SNAPSHOTS.to_arrow(some_snapshots)) == some_snapshots


@settings(max_examples=40, deadline=None)
@given(rows(cases), st.lists(images, max_size=3, unique_by=lambda image: image.sha256))
def test_cases_and_images_come_back(some_cases: list[Case], some_images: list[Image]) -> None:
    shown = [replace(case, images=tuple(some_images)) for case in some_cases]
    found = IMAGES.from_arrow(images_to_arrow([*some_images, *some_images]))
    assert found == some_images
    assert CASES.from_arrow(CASES.to_arrow(shown), images=[tuple(found)] * len(shown)) == shown


@settings(deadline=None)
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
    table = CANDIDATES.to_arrow(some, CANDIDATES.schema(text_dim, image_dim), round=[None] * len(some))
    assert [plain(found) for found in CANDIDATES.from_arrow(table)] == [plain(made) for made in some]
    rules = [memory(number, (candidate(number),), rule_vector=vectors(text_dim)) for number, _ in enumerate(pictures)]
    assert [plain(found) for found in MEMORIES.from_arrow(MEMORIES.to_arrow(rules, MEMORIES.schema(text_dim)))] == [
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
    found = MEMORIES.from_arrow(MEMORIES.to_arrow([merged], MEMORIES.schema(TEXT_DIM)))
    assert plain(found[0]) == plain(merged)
    assert lineage_to_arrow([merged]).column("candidate_id").to_pylist() == [members[0].id, members[1].id]


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    broken = replace(attempt(1), reply="half \ud83d a face", hits=(RecallHit("m", Stream.LOGIC, "\udfff", 0.5),))
    found = ATTEMPTS.from_arrow(ATTEMPTS.to_arrow([attempt(2), broken]))
    assert found[0] == attempt(2)
    assert found[1].reply == "half \ufffd a face"
    assert found[1].hits[0].rule == "\ufffd"


def test_a_vector_of_another_length_names_its_row() -> None:
    odd = replace(candidate(1), question_vector=np.ones(3, dtype=np.float32))
    with pytest.raises(StoreError, match=rf"a vector of {odd.id} has 3 numbers where {TEXT_DIM} are expected"):
        CANDIDATES.to_arrow([candidate(2), odd], CANDIDATES.schema(TEXT_DIM, IMAGE_DIM), round=[0, 0])


def test_a_vector_that_is_not_finite_names_its_row() -> None:
    broken = replace(candidate(1), image_vectors=np.full((2, IMAGE_DIM), np.nan, dtype=np.float32))
    with pytest.raises(StoreError, match=f"{broken.id} holds a number that is not finite"):
        CANDIDATES.to_arrow([broken], CANDIDATES.schema(TEXT_DIM, IMAGE_DIM), round=[0])


def test_the_columns_are_those_of_the_format() -> None:
    """Another digest is another ``FORMAT_VERSION``: stores that were written before could not be opened."""
    columns = [
        f"{name}.{field.name}: {field.type} {field.nullable}" for name, schema in table_schemas(8, 5).items() for field in schema
    ]
    digest = hashlib.sha256("\n".join(columns).encode()).hexdigest()
    assert (FORMAT_VERSION, digest) == (2, "b7f818daf7f244a450ec785414dce55b5aaf52e89d2e53feb0e902a7a3cc8961")


@pytest.mark.parametrize(
    "hint",
    [
        Stream | None,
        tuple[str, ...] | None,
        make_dataclass("EnumFirst", [("stream", Stream)]) | None,
        make_dataclass("NullableFirst", [("name", str | None)]) | None,
        make_dataclass("RecordFirst", [("usage", Usage)]) | None,
        make_dataclass("NumberAfterwards", [("name", str), ("count", int)]) | None,
    ],
    ids=str,
)
def test_a_field_whose_none_would_not_come_back_is_refused(hint: Any) -> None:
    with pytest.raises(TypeError, match=r"no columns? for"):
        Mapper(make_dataclass("Record", [("found", hint)]))


def test_an_optional_record_of_a_value_and_tuples_comes_back() -> None:
    record = make_dataclass("Record", [("analysis", Analysis | None)])
    some = [record(None), record(Analysis("", ())), record(Analysis("a", ("b",)))]
    mapper = Mapper(record)
    assert mapper.from_arrow(mapper.to_arrow(some)) == some
