"""Memories, and their lineage as rows that SQL can join."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, TEXTS, build, matrix, required, vector_column, vector_type
from vilomem_core.types import Memory, MemoryState, Stream

LINEAGE = pa.schema(
    [
        required("id", TEXT),  # memory_id/candidate_id
        required("memory_id", TEXT),
        required("candidate_id", TEXT),
        required("stream", TEXT),
    ]
)

_PLAIN = ("id", "rule", "subject", "rule_origin", "merged_into", "pinned", "helped", "harmed", "recalled", "last_used_round")
_TUPLES = ("key_concepts", "member_ids")


def memories_schema(text_dim: int) -> pa.Schema:
    return pa.schema(
        [
            required("id", TEXT),
            required("stream", TEXT),
            required("rule", TEXT),
            required("subject", TEXT),
            required("key_concepts", TEXTS),
            required("member_ids", TEXTS),
            required("rule_origin", TEXT),
            required("state", TEXT),
            required("merged_into", TEXT),
            required("pinned", pa.bool_()),
            required("helped", pa.int64()),
            required("harmed", pa.int64()),
            required("recalled", pa.int64()),
            required("last_used_round", pa.int32()),
            required("rule_vector", vector_type(text_dim)),
        ]
    )


def memories_to_arrow(memories: Sequence[Memory], schema: pa.Schema) -> pa.Table:
    ids = [memory.id for memory in memories]
    return build(
        schema,
        {
            **{name: [getattr(memory, name) for memory in memories] for name in (*_PLAIN, *_TUPLES)},
            "stream": [str(memory.stream) for memory in memories],
            "state": [str(memory.state) for memory in memories],
            "rule_vector": vector_column([memory.rule_vector for memory in memories], schema.field("rule_vector").type, ids),
        },
    )


def memories_from_arrow(table: pa.Table) -> list[Memory]:
    vectors = matrix(table.column("rule_vector"))
    return [
        Memory(
            **{name: row[name] for name in _PLAIN},
            key_concepts=tuple(row["key_concepts"]),
            member_ids=tuple(row["member_ids"]),
            stream=Stream(row["stream"]),
            state=MemoryState(row["state"]),
            rule_vector=vectors[position],
        )
        for position, row in enumerate(table.drop_columns(["rule_vector"]).to_pylist())
    ]


def lineage_to_arrow(memories: Sequence[Memory]) -> pa.Table:
    pairs = [(memory.id, member, str(memory.stream)) for memory in memories for member in dict.fromkeys(memory.member_ids)]
    return build(
        LINEAGE,
        {
            "id": [f"{memory}/{member}" for memory, member, _ in pairs],
            "memory_id": [memory for memory, _, _ in pairs],
            "candidate_id": [member for _, member, _ in pairs],
            "stream": [stream for _, _, stream in pairs],
        },
    )
