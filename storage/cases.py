"""Cases in and out of the tables."""

from __future__ import annotations

from collections.abc import Sequence

from storage.schema import CASES, IMAGES, images_to_arrow
from storage.tables import Tables
from vilomem_core.errors import StoreError
from vilomem_core.types import Case


def add_cases(tables: Tables, cases: Sequence[Case]) -> int:
    """Write the cases that are new, and say how many; images first, so that a case's row means that its images are there."""
    if not cases:
        return 0
    tables["images"].insert_new(images_to_arrow(image for case in cases for image in case.images))
    added = tables["cases"].insert_new(CASES.to_arrow(cases))
    for name in ("images", "cases"):
        tables[name].tend()
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
