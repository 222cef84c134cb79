"""The tables of a store: keys, columns, and the records that their rows are. A change of any of them is a new ``FORMAT_VERSION``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from storage.mapper import Differences, Extra, Mapper
from vilomem_core.ids import case_key
from vilomem_core.types import (
    Attempt,
    Candidate,
    Case,
    Failure,
    Image,
    Judgement,
    Memory,
    MemoryEvent,
    Reflection,
    RunRecord,
    SnapshotRecord,
    Stream,
)

TEXT_VECTORS = ("guideline_vector", "question_vector", "concept_vector")
IMAGE_VECTORS = "image_vectors"


@dataclass(frozen=True, slots=True)
class Lineage:
    """One member of one memory, as a row that SQL can join."""

    memory_id: str
    candidate_id: str
    stream: Stream


def _narrow(*names: str) -> Differences:
    return Differences(narrow=frozenset(names))


CASES = Mapper(
    Case,
    "case_key id question answer answer_type options image_sha256 tolerance subject tags source",
    extra={
        "case_key": Extra(compute=case_key),
        "image_sha256": Extra(pa.list_(pa.string()), lambda case: [image.sha256 for image in case.images]),
    },
)
IMAGES = Mapper(Image, differences=_narrow("width", "height"))
ATTEMPTS = Mapper(
    Attempt,
    "id case_key case_id snapshot_id round arm reply prompt_digest model finish_reason heatmap seed"
    " verdict hits analysis analysis_error analysis_usage usage",
    Differences(narrow=frozenset({"round"}), renamed={"analysis_key_concepts": "analysis_concepts"}),
)
REFLECTIONS = Mapper(Reflection, extra={"id": Extra(compute=lambda found: f"{found.attempt_id}/{found.stream}")})
CANDIDATES = Mapper(
    Candidate,
    "id attempt_id case_key case_id round stream guideline question subject key_concepts image_sha256"
    " accepted reject_category reject_reason guideline_vector question_vector concept_vector image_vectors",
    Differences(text_vectors=TEXT_VECTORS, image_stacks=(IMAGE_VECTORS,)),
    # the attempt's round; null in a staged file whose attempt was committed earlier
    extra={"round": Extra(pa.int32())},
)
MEMORIES = Mapper(
    Memory,
    "id stream rule subject key_concepts member_ids rule_origin state merged_into pinned"
    " helped harmed recalled last_used_round rule_vector",
    Differences(narrow=frozenset({"last_used_round"}), text_vectors=("rule_vector",)),
)
LINEAGE = Mapper(Lineage, extra={"id": Extra(compute=lambda row: f"{row.memory_id}/{row.candidate_id}")})
JUDGEMENTS = Mapper(Judgement, extra={"id": Extra(compute=lambda found: f"{found.left}/{found.right}/{found.judge}")})
EVENTS = Mapper(MemoryEvent)
FAILURES = Mapper(
    Failure,
    "id case_key case_id attempt_id stage error message retryable try_number round usage analysis_usage",
    _narrow("try_number"),
)
RUNS = Mapper(
    RunRecord,
    "id run_id arm dataset settings_digest snapshot_id published_id status started_at ended_at"
    " round cases correct incorrect undetermined failed candidates open_critics usage",
)
SNAPSHOTS = Mapper(SnapshotRecord)

TABLES: MappingProxyType[str, Mapper[Any]] = MappingProxyType(
    {
        "cases": CASES,
        "images": IMAGES,
        "attempts": ATTEMPTS,
        "reflections": REFLECTIONS,
        "candidates": CANDIDATES,
        "memories": MEMORIES,
        "lineage": LINEAGE,
        "judgements": JUDGEMENTS,
        "events": EVENTS,
        "failures": FAILURES,
        "runs": RUNS,
        "snapshots": SNAPSHOTS,
    }
)
KEYS = MappingProxyType(dict.fromkeys(TABLES, "id") | {"cases": "case_key", "images": "sha256"})
"""Every table with the one column that identifies its rows."""


def table_schemas(text_dim: int, image_dim: int) -> dict[str, pa.Schema]:
    """The columns of every table; the dimensions are the lengths of the embedders' vectors."""
    return {name: table.schema(text_dim, image_dim) for name, table in TABLES.items()}


def images_to_arrow(images: Iterable[Image]) -> pa.Table:
    """One row an image, also when it is given several times."""
    return IMAGES.to_arrow(list({image.sha256: image for image in images}.values()))


def lineage_to_arrow(memories: Sequence[Memory]) -> pa.Table:
    """One row for each memory and member, also when a memory names a member several times."""
    return LINEAGE.to_arrow(
        [Lineage(memory.id, member, memory.stream) for memory in memories for member in dict.fromkeys(memory.member_ids)]
    )
