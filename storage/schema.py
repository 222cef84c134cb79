"""The tables of a store: their names, keys and columns. A change of any of them is a new ``FORMAT_VERSION``."""

from __future__ import annotations

from types import MappingProxyType

import pyarrow as pa

from storage.rows.attempts import ATTEMPTS
from storage.rows.candidates import candidates_schema
from storage.rows.cases import CASES, IMAGES
from storage.rows.consolidation import EVENTS, JUDGEMENTS
from storage.rows.failures import FAILURES
from storage.rows.memories import LINEAGE, memories_schema
from storage.rows.reflections import REFLECTIONS
from storage.rows.runs import RUNS
from storage.rows.snapshots import SNAPSHOTS

KEYS = MappingProxyType(
    {
        "cases": "case_key",
        "images": "sha256",
        "attempts": "id",
        "reflections": "id",
        "candidates": "id",
        "memories": "id",
        "lineage": "id",
        "judgements": "id",
        "events": "id",
        "failures": "id",
        "runs": "id",
        "snapshots": "id",
    }
)
"""Every table with the one column that identifies its rows."""


def table_schemas(text_dim: int, image_dim: int) -> dict[str, pa.Schema]:
    """The columns of every table; the dimensions are the lengths of the embedders' vectors."""
    return {
        "cases": CASES,
        "images": IMAGES,
        "attempts": ATTEMPTS,
        "reflections": REFLECTIONS,
        "candidates": candidates_schema(text_dim, image_dim),
        "memories": memories_schema(text_dim),
        "lineage": LINEAGE,
        "judgements": JUDGEMENTS,
        "events": EVENTS,
        "failures": FAILURES,
        "runs": RUNS,
        "snapshots": SNAPSHOTS,
    }
