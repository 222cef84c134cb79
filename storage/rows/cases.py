"""Cases and their images. Images are kept once each, under their hash, however many cases show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from storage.rows.columns import TEXT, TEXTS, build, optional, required
from vilomem_core.ids import case_key
from vilomem_core.types import AnswerType, Case, Image

CASES = pa.schema(
    [
        required("case_key", TEXT),
        required("id", TEXT),
        required("question", TEXT),
        optional("answer", TEXT),
        required("answer_type", TEXT),
        required("options", TEXTS),
        required("image_sha256", TEXTS),
        optional("tolerance", pa.float64()),
        required("subject", TEXT),
        required("tags", TEXTS),
        required("source", TEXT),
    ]
)

IMAGES = pa.schema(
    [
        required("sha256", TEXT),
        required("media_type", TEXT),
        required("width", pa.int32()),
        required("height", pa.int32()),
        required("data", pa.large_binary()),
    ]
)


def cases_to_arrow(cases: Sequence[Case]) -> pa.Table:
    return build(
        CASES,
        {
            "case_key": [case_key(case) for case in cases],
            "id": [case.id for case in cases],
            "question": [case.question for case in cases],
            "answer": [case.answer for case in cases],
            "answer_type": [str(case.answer_type) for case in cases],
            "options": [case.options for case in cases],
            "image_sha256": [[image.sha256 for image in case.images] for case in cases],
            "tolerance": [case.tolerance for case in cases],
            "subject": [case.subject for case in cases],
            "tags": [case.tags for case in cases],
            "source": [case.source for case in cases],
        },
    )


def cases_from_arrow(table: pa.Table, images: Mapping[str, Image]) -> list[Case]:
    """``images`` holds every image that the rows name. Raises KeyError for one that it lacks."""
    return [
        Case(
            id=row["id"],
            question=row["question"],
            answer=row["answer"],
            answer_type=AnswerType(row["answer_type"]),
            options=tuple(row["options"]),
            images=tuple(images[sha256] for sha256 in row["image_sha256"]),
            tolerance=row["tolerance"],
            subject=row["subject"],
            tags=tuple(row["tags"]),
            source=row["source"],
        )
        for row in table.to_pylist()
    ]


def images_to_arrow(images: Iterable[Image]) -> pa.Table:
    """One row an image, also when it is given several times."""
    distinct = list({image.sha256: image for image in images}.values())
    return build(
        IMAGES,
        {
            "sha256": [image.sha256 for image in distinct],
            "media_type": [image.media_type for image in distinct],
            "width": [image.width for image in distinct],
            "height": [image.height for image in distinct],
            "data": [image.data for image in distinct],
        },
    )


def images_from_arrow(table: pa.Table) -> list[Image]:
    return [Image(row["sha256"], row["media_type"], row["width"], row["height"], row["data"]) for row in table.to_pylist()]
