"""Committed rows as records, and cases as rows: what the store's methods give and take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from storage.columns import matrix
from storage.schema import (
    ATTEMPTS,
    CANDIDATES,
    CASES,
    EVENTS,
    FAILURES,
    IMAGES,
    JUDGEMENTS,
    MEMORIES,
    REFLECTIONS,
    RUNS,
    SNAPSHOTS,
    TEXT_VECTORS,
    images_to_arrow,
)
from storage.tables import Table, Tables
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.errors import StoreError
from vilomem_core.types import (
    F32,
    Attempt,
    Candidate,
    Case,
    Failure,
    Judgement,
    Memory,
    MemoryEvent,
    MemoryState,
    Reflection,
    RunRecord,
    SnapshotRecord,
    Stream,
)

_LOG_TEXTS = ("stream", "guideline", "question", "subject", "case_key")
_LOG_TUPLES = ("key_concepts", "image_sha256")


def add_cases(tables: Tables, cases: Sequence[Case]) -> int:
    """Write the cases that are new, and say how many; images first, so that a case's row means that its images are there."""
    if not cases:
        return 0
    tables["images"].insert_new(images_to_arrow(image for case in cases for image in case.images))
    added = tables["cases"].insert_new(CASES.to_arrow(cases))
    for name in ("images", "cases"):
        tables[name].maintain()
    return added


def load_cases(tables: Tables, keys: Sequence[str]) -> list[Case]:
    """The cases of these keys in this order, with image bytes. Raises StoreError for a key that has no row."""
    rows = tables["cases"].fetch("case_key", keys)
    shown = rows.column("image_sha256").to_pylist()
    wanted = {sha256 for hashes in shown for sha256 in hashes}
    images = {image.sha256: image for image in IMAGES.from_arrow(tables["images"].fetch("sha256", sorted(wanted)))}
    if lost := sorted(wanted - images.keys()):
        raise StoreError(f"the store is damaged: image {lost[0]} is missing.", "Add the data set again.")
    loaded = CASES.from_arrow(rows, images=[tuple(images[sha256] for sha256 in hashes) for hashes in shown])
    by_key = dict(zip(rows.column("case_key").to_pylist(), loaded, strict=True))
    if unknown := [key for key in keys if key not in by_key]:
        raise StoreError(f"the store has no case {unknown[0]}.", "Add the data set again.")
    return [by_key[key] for key in keys]


def attempts(tables: Tables, ids: Sequence[str]) -> list[Attempt]:
    found = {attempt.id: attempt for attempt in ATTEMPTS.from_arrow(tables["attempts"].fetch("id", ids))}
    return [found[name] for name in ids if name in found]


def candidates(table: Table, ids: Sequence[str]) -> list[Candidate]:
    found = {candidate.id: candidate for candidate in CANDIDATES.from_arrow(table.fetch("id", ids))}
    return [found[name] for name in ids if name in found]


def reflections(tables: Tables, attempt_ids: Iterable[str]) -> list[Reflection]:
    found = REFLECTIONS.from_arrow(tables["reflections"].fetch("attempt_id", attempt_ids))
    return sorted(found, key=lambda reflection: (reflection.attempt_id, reflection.stream))


def failures(tables: Tables, attempt_ids: Iterable[str]) -> list[Failure]:
    found = FAILURES.from_arrow(tables["failures"].fetch("attempt_id", attempt_ids))
    return sorted(found, key=lambda failure: (failure.attempt_id, failure.stage, failure.try_number, failure.id))


def failed_attempts(tables: Tables, tries: int) -> set[str]:
    """Ids of attempts with a transient failure, and with fewer than ``tries`` tries."""
    found = tables["failures"].read(["attempt_id", "try_number", "retryable"])
    by_attempt = found.group_by("attempt_id").aggregate([("try_number", "max"), ("retryable", "any")])
    few = pc.and_(by_attempt.column("retryable_any"), pc.less(by_attempt.column("try_number_max"), tries))
    return set(by_attempt.filter(few).column("attempt_id").to_pylist())


def judgements(tables: Tables) -> list[Judgement]:
    found = JUDGEMENTS.from_arrow(tables["judgements"].read())
    return sorted(found, key=lambda judgement: (judgement.left, judgement.right, judgement.judge))


def events(tables: Tables, memory_ids: Iterable[str]) -> list[MemoryEvent]:
    found = EVENTS.from_arrow(tables["events"].fetch("memory_id", memory_ids))
    return sorted(found, key=lambda event: (event.memory_id, event.consolidation_id, event.id))


def memories(table: Table, states: Collection[MemoryState]) -> list[Memory]:
    rows = table.read(where=("state", [str(state) for state in states]))
    return MEMORIES.from_arrow(rows.sort_by("id"))


def runs(tables: Tables) -> list[RunRecord]:
    found = RUNS.from_arrow(tables["runs"].read())
    return sorted(found, key=lambda run: (run.started_at, run.round, run.id))


def snapshots(tables: Tables) -> list[SnapshotRecord]:
    found = SNAPSHOTS.from_arrow(tables["snapshots"].read())
    return sorted(found, key=lambda record: (record.created_at, record.id))


def guideline_log(candidates: Table) -> GuidelineLog:
    """Accepted candidates by round, and by id within a round: the same order however often the run that wrote them was killed.

    The vectors are filled in batch by batch, so that no more than the log itself and one batch are in memory.
    """
    accepted = ("accepted", [True])
    order = candidates.read(["id", "round"], accepted).sort_by([("round", "ascending"), ("id", "ascending")])
    ids = order.column("id").to_pylist()
    ranks = {name: rank for rank, name in enumerate(ids)}
    columns: dict[str, list[Any]] = {name: [None] * len(ids) for name in (*_LOG_TEXTS, *_LOG_TUPLES)}
    vectors: dict[str, F32] = {}
    for name in TEXT_VECTORS:
        vectors[name] = np.empty((len(ids), candidates.schema.field(name).type.list_size), dtype=np.float32)
    for batch in candidates.scan(["id", *columns, *vectors], accepted):
        places = [ranks.get(name, -1) for name in batch.column("id").to_pylist()]  # -1: committed since the order was read
        known = np.asarray([place >= 0 for place in places])
        for name, values in columns.items():
            for place, value in zip(places, batch.column(name).to_pylist(), strict=True):
                if place >= 0:
                    values[place] = value if name in _LOG_TEXTS else tuple(value)
        for name, rows in vectors.items():
            rows[np.asarray(places)[known]] = matrix(batch.column(name))[known]
    for rows in vectors.values():
        rows.setflags(write=False)
    return GuidelineLog(
        ids=tuple(ids),
        streams=tuple(Stream(stream) for stream in columns["stream"]),
        guidelines=tuple(columns["guideline"]),
        questions=tuple(columns["question"]),
        subjects=tuple(columns["subject"]),
        key_concepts=tuple(columns["key_concepts"]),
        case_keys=tuple(columns["case_key"]),
        image_sha256=tuple(columns["image_sha256"]),
        guideline_vectors=vectors["guideline_vector"],
        question_vectors=vectors["question_vector"],
        concept_vectors=vectors["concept_vector"],
    )
