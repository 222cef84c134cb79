"""The format of a store: what ``store.json`` says, and the tables with their keys, columns and records.

A change of any table is a new ``FORMAT_VERSION``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from storage.files import write_atomically
from storage.mapper import Differences, Extra, Mapper
from vilomem_core.errors import StoreError
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

FORMAT_VERSION = 2
DESCRIPTOR = "store.json"
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


# -------------------------------------------------------------------------------------------------------------- store.json


@dataclass(frozen=True, slots=True)
class StoreDescriptor:
    """``text_dim`` and ``image_dim`` are the lengths of the vectors; the embedders are named by their fingerprints."""

    format: int
    text_embedder: str
    text_dim: int
    image_embedder: str
    image_dim: int


def is_store(folder: Path) -> bool:
    return (folder / DESCRIPTOR).is_file()


def write_descriptor(folder: Path, descriptor: StoreDescriptor) -> None:
    text = json.dumps(asdict(descriptor), indent=2) + "\n"
    write_atomically(folder / DESCRIPTOR, text.encode())


def read_descriptor(folder: Path) -> StoreDescriptor:
    """Read and check ``store.json``. Raises ``StoreError`` for a folder that is missing, no store, of another format or damaged."""
    if not folder.exists():
        raise StoreError(f"there is no store at {folder}.", "Make one with 'vilomem learn', or give the right --store.")
    if not is_store(folder):
        raise StoreError(f"{folder} is not a store: it has no {DESCRIPTOR}.", "Give the folder that 'vilomem learn' wrote.")
    try:
        content = json.loads((folder / DESCRIPTOR).read_bytes())
    except ValueError as exc:
        raise _damaged(folder) from exc
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise _damaged(folder)
    _check_format(folder, content["format"])
    expected = {spec.name: int if spec.name in {"format", "text_dim", "image_dim"} else str for spec in fields(StoreDescriptor)}
    if set(content) != set(expected) or any(not isinstance(content[name], kind) for name, kind in expected.items()):
        raise _damaged(folder)
    return StoreDescriptor(**content)


def check_same_embedders(folder: Path, found: StoreDescriptor, wanted: StoreDescriptor) -> None:
    """Vectors of different embedders must never meet. Raises ``StoreError`` naming both and the way out."""
    pairs = (
        ("text", (found.text_embedder, found.text_dim), (wanted.text_embedder, wanted.text_dim)),
        ("image", (found.image_embedder, found.image_dim), (wanted.image_embedder, wanted.image_dim)),
    )
    for kind, (name, dim), (wanted_name, wanted_dim) in pairs:
        if (name, dim) != (wanted_name, wanted_dim):
            raise StoreError(
                f"the {kind} vectors of {folder} were made by {name} ({dim} numbers), but the settings name "
                f"{wanted_name} ({wanted_dim} numbers).",
                f"Set the {kind} embedder back, or run 'vilomem reembed'.",
            )


def _check_format(folder: Path, version: int) -> None:
    if version > FORMAT_VERSION:
        raise StoreError(
            f"the store {folder} has format {version}; this vilomem reads format {FORMAT_VERSION}.",
            "Install a newer vilomem.",
        )
    if version < FORMAT_VERSION:
        raise StoreError(
            f"the store {folder} has the older format {version}; this vilomem reads format {FORMAT_VERSION}.",
            "Learn into a new store, or use the vilomem that made it.",
        )


def _damaged(folder: Path) -> StoreError:
    return StoreError(f"the store {folder} is damaged: {DESCRIPTOR} cannot be read.", "Restore it from a copy.")
