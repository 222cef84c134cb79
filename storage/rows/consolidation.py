"""Judgements and memory events: what consolidation decided, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, build, required
from vilomem_core.types import Judgement, MemoryEvent, Stream

JUDGEMENTS = pa.schema(
    [
        required("id", TEXT),  # left/right/judge
        required("stream", TEXT),
        required("left", TEXT),
        required("right", TEXT),
        required("same", pa.bool_()),
        required("judge", TEXT),
        required("reason", TEXT),
    ]
)

EVENTS = pa.schema(
    [
        required("id", TEXT),
        required("memory_id", TEXT),
        required("stream", TEXT),
        required("kind", TEXT),
        required("reason", TEXT),
        required("consolidation_id", TEXT),
    ]
)


def judgements_to_arrow(judgements: Sequence[Judgement]) -> pa.Table:
    return build(
        JUDGEMENTS,
        {
            "id": [f"{judgement.left}/{judgement.right}/{judgement.judge}" for judgement in judgements],
            "stream": [str(judgement.stream) for judgement in judgements],
            "left": [judgement.left for judgement in judgements],
            "right": [judgement.right for judgement in judgements],
            "same": [judgement.same for judgement in judgements],
            "judge": [judgement.judge for judgement in judgements],
            "reason": [judgement.reason for judgement in judgements],
        },
    )


def judgements_from_arrow(table: pa.Table) -> list[Judgement]:
    return [
        Judgement(Stream(row["stream"]), row["left"], row["right"], row["same"], row["judge"], row["reason"])
        for row in table.to_pylist()
    ]


def events_to_arrow(events: Sequence[MemoryEvent]) -> pa.Table:
    return build(
        EVENTS,
        {
            "id": [event.id for event in events],
            "memory_id": [event.memory_id for event in events],
            "stream": [str(event.stream) for event in events],
            "kind": [event.kind for event in events],
            "reason": [event.reason for event in events],
            "consolidation_id": [event.consolidation_id for event in events],
        },
    )


def events_from_arrow(table: pa.Table) -> list[MemoryEvent]:
    return [
        MemoryEvent(row["id"], row["memory_id"], Stream(row["stream"]), row["kind"], row["reason"], row["consolidation_id"])
        for row in table.to_pylist()
    ]
