"""A store with the vectors of other embedders: everything else is copied, nothing is asked of a model that costs money."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from storage.errors import store_errors
from storage.schema import CANDIDATES, IMAGES, KEYS, MEMORIES
from storage.store import Store
from vilomem_core.errors import StoreError
from vilomem_core.protocols import ImageEmbedder, TextEmbedder
from vilomem_core.recall.query import concept_text
from vilomem_core.types import Analysis, Candidate, Image

EMBEDDED_AT_ONCE = 256  # candidates whose pictures are in memory together
LEFT_OUT = ("snapshots",)  # they release vectors of the old embedders, and stay in the old store


def reembed(old: Store, path: str | Path, text: TextEmbedder, image: ImageEmbedder) -> None:
    """Make the store ``path`` with all of ``old`` but its snapshots, and the vectors of ``text`` and ``image``.

    The new store appears when it is complete; ``old`` stays as it is. Raises StoreError when ``path`` is there.
    """
    path = Path(path)
    with store_errors(path, "making the new store"):
        path = Path(os.path.abspath(path))  # noqa: PTH100  # a link is seen as what it is
        if os.path.lexists(path):
            raise StoreError(f"{path} is there already.", "Give a new folder.")
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        temporary.mkdir(parents=True)  # new, so that nobody else's is removed below
    try:
        made = Store.create(temporary, text.fingerprint, text.dimension, image.fingerprint, image.dimension)
        with made:
            embedders: dict[str, Callable[[pa.Table], pa.Table]] = {
                "candidates": lambda rows: _in_parts(
                    rows, lambda part: _candidates(old, part, made.tables.schemas["candidates"], text, image)
                ),
                "memories": lambda rows: _memories(rows, made.tables.schemas["memories"], text),
            }
            for name in KEYS:
                if name not in LEFT_OUT:
                    _copy(old, made, name, embedders.get(name, lambda rows: rows))
        with store_errors(path, "putting the new store in place"):
            temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _copy(old: Store, made: Store, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
    for batch in old.tables[name].scan():
        if not batch.num_rows:
            continue
        made.tables[name].insert_new(change(pa.Table.from_batches([batch])))
        made.tables[name].maintain()


def _in_parts(rows: pa.Table, change: Callable[[pa.Table], pa.Table]) -> pa.Table:
    parts = [rows.slice(start, EMBEDDED_AT_ONCE) for start in range(0, rows.num_rows, EMBEDDED_AT_ONCE)]
    return pa.concat_tables([change(part) for part in parts])


def _candidates(old: Store, rows: pa.Table, schema: pa.Schema, text: TextEmbedder, image: ImageEmbedder) -> pa.Table:
    candidates = CANDIDATES.from_arrow(rows)
    shown = sorted({sha256 for candidate in candidates for sha256 in candidate.image_sha256})
    images = {found.sha256: found for found in IMAGES.from_arrow(old.tables["images"].fetch("sha256", shown))}
    guidelines = text.embed([candidate.guideline for candidate in candidates])
    questions = text.embed([candidate.question for candidate in candidates])
    concepts = text.embed([concept_text(Analysis(candidate.subject, candidate.key_concepts)) for candidate in candidates])
    changed = [
        replace(
            candidate,
            guideline_vector=guidelines[position],
            question_vector=questions[position],
            concept_vector=concepts[position],
            image_vectors=_image_vectors(candidate, images, image),
        )
        for position, candidate in enumerate(candidates)
    ]
    return CANDIDATES.to_arrow(changed, schema, round=rows.column("round").to_pylist())


def _image_vectors(candidate: Candidate, images: dict[str, Image], image: ImageEmbedder) -> np.ndarray:
    lost = [sha256 for sha256 in candidate.image_sha256 if sha256 not in images]
    if lost:
        raise StoreError(f"the picture {lost[0]} of {candidate.id} is not in the store.", "Add the data set again.")
    if not candidate.image_sha256:
        return np.zeros((0, image.dimension), dtype=np.float32)
    return image.embed([images[sha256] for sha256 in candidate.image_sha256])


def _memories(rows: pa.Table, schema: pa.Schema, text: TextEmbedder) -> pa.Table:
    memories = MEMORIES.from_arrow(rows)
    vectors = text.embed([memory.rule for memory in memories])
    return MEMORIES.to_arrow(
        [replace(memory, rule_vector=vector) for memory, vector in zip(memories, vectors, strict=True)], schema
    )
