"""Candidates: the append-only log, with the vectors that consolidation and recall compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from storage.rows.columns import (
    TEXT,
    TEXTS,
    build,
    matrix,
    optional,
    required,
    vector_column,
    vector_list_column,
    vector_lists,
    vector_type,
)
from vilomem_core.types import Candidate, Stream

TEXT_VECTORS = ("guideline_vector", "question_vector", "concept_vector")
IMAGE_VECTORS = "image_vectors"

_PLAIN = (
    *("id", "attempt_id", "case_key", "case_id", "guideline", "question", "subject"),
    *("accepted", "reject_category", "reject_reason"),
)
_TUPLES = ("key_concepts", "image_sha256")


def candidates_schema(text_dim: int, image_dim: int) -> pa.Schema:
    """``round`` is the attempt's; it is null in a staged file whose attempt was committed earlier."""
    return pa.schema(
        [
            required("id", TEXT),
            required("attempt_id", TEXT),
            required("case_key", TEXT),
            required("case_id", TEXT),
            optional("round", pa.int32()),
            required("stream", TEXT),
            required("guideline", TEXT),
            required("question", TEXT),
            required("subject", TEXT),
            required("key_concepts", TEXTS),
            required("image_sha256", TEXTS),
            required("accepted", pa.bool_()),
            required("reject_category", TEXT),
            required("reject_reason", TEXT),
            *(required(name, vector_type(text_dim)) for name in TEXT_VECTORS),
            required(IMAGE_VECTORS, pa.list_(vector_type(image_dim))),
        ]
    )


def candidates_to_arrow(candidates: Sequence[Candidate], rounds: Sequence[int | None], schema: pa.Schema) -> pa.Table:
    """``rounds`` goes with ``candidates``; ``schema`` is a ``candidates_schema``."""
    ids = [candidate.id for candidate in candidates]
    columns: dict[str, Any] = {name: [getattr(candidate, name) for candidate in candidates] for name in (*_PLAIN, *_TUPLES)}
    columns["round"] = rounds
    columns["stream"] = [str(candidate.stream) for candidate in candidates]
    for name in TEXT_VECTORS:
        columns[name] = vector_column([getattr(candidate, name) for candidate in candidates], schema.field(name).type, ids)
    stacks = [candidate.image_vectors for candidate in candidates]
    columns[IMAGE_VECTORS] = vector_list_column(stacks, schema.field(IMAGE_VECTORS).type, ids)
    return build(schema, columns)


def candidates_from_arrow(table: pa.Table) -> list[Candidate]:
    plain = table.select([*_PLAIN, *_TUPLES, "stream"]).to_pylist()
    guideline, question, concept = (matrix(table.column(name)) for name in TEXT_VECTORS)
    stacks = vector_lists(table.column(IMAGE_VECTORS))
    return [
        Candidate(
            **{name: row[name] for name in _PLAIN},
            key_concepts=tuple(row["key_concepts"]),
            image_sha256=tuple(row["image_sha256"]),
            stream=Stream(row["stream"]),
            guideline_vector=guideline[position],
            question_vector=question[position],
            concept_vector=concept[position],
            image_vectors=stacks[position],
        )
        for position, row in enumerate(plain)
    ]
