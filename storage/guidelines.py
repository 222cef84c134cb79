"""The log that consolidation reads: all accepted candidates as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from storage.columns import matrix
from storage.schema import TEXT_VECTORS
from storage.table import Table
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.types import F32, Stream

_TEXTS = ("stream", "guideline", "question", "subject", "case_key")
_TUPLES = ("key_concepts", "image_sha256")


def guideline_log(candidates: Table) -> GuidelineLog:
    """Accepted candidates by round, and by id within a round: the same order however often the run that wrote them was killed.

    The vectors are filled in batch by batch, so that no more than the log itself and one batch are in memory.
    """
    accepted = ("accepted", [True])
    order = candidates.read(["id", "round"], accepted).sort_by([("round", "ascending"), ("id", "ascending")])
    ids = order.column("id").to_pylist()
    ranks = {name: rank for rank, name in enumerate(ids)}
    columns: dict[str, list[Any]] = {name: [None] * len(ids) for name in (*_TEXTS, *_TUPLES)}
    vectors: dict[str, F32] = {}
    for name in TEXT_VECTORS:
        vectors[name] = np.empty((len(ids), candidates.schema.field(name).type.list_size), dtype=np.float32)
    for batch in candidates.scan(["id", *columns, *vectors], accepted):
        places = [ranks.get(name, -1) for name in batch.column("id").to_pylist()]  # -1: committed since the order was read
        known = np.asarray([place >= 0 for place in places])
        for name, values in columns.items():
            for place, value in zip(places, batch.column(name).to_pylist(), strict=True):
                if place >= 0:
                    values[place] = value if name in _TEXTS else tuple(value)
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
