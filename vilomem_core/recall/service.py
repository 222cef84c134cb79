"""Recall for other programs: open an exported bundle, ask it about cases, put the answer into a prompt.

    recaller = open_recaller(Path("snap"))
    hits = recall_case(recaller, case, text_embedder, image_embedder, analysis)
    prompt = render_memory_section(hits, recaller.settings) + question

Only NumPy and pyarrow are imported here; embedders are the caller's, and must be those that made the bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vilomem_core.errors import DataError, StoreError
from vilomem_core.ids import case_key, question_key
from vilomem_core.protocols import ImageEmbedder, TextEmbedder
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.bundle import load
from vilomem_core.recall.query import RecallQuery, query_texts
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.types import F32, Analysis, Case, RecallHit


def open_recaller(folder: Path, settings: RecallSettings | None = None, *, verify: bool = False) -> Recaller:
    """Open a bundle read-only. Raises ``StoreError``, see ``recall.files.load``."""
    return Recaller(load(folder, verify=verify), settings or RecallSettings())


def recall_case(
    recaller: Recaller,
    case: Case,
    text_embedder: TextEmbedder,
    image_embedder: ImageEmbedder | None = None,
    analysis: Analysis | None = None,
) -> tuple[RecallHit, ...]:
    """The memories for one case. Without an image embedder the visual stream goes by text alone."""
    return recall_cases(recaller, [case], text_embedder, image_embedder, [analysis])[0]


def recall_cases(
    recaller: Recaller,
    cases: Sequence[Case],
    text_embedder: TextEmbedder,
    image_embedder: ImageEmbedder | None = None,
    analyses: Sequence[Analysis | None] | None = None,
) -> list[tuple[RecallHit, ...]]:
    """The memories for each of many cases; texts and images are embedded in one call each.

    Raises ``StoreError`` when an embedder is not the one that made the bundle's vectors, ``DataError`` for an empty question or a
    picture that cannot be read, naming the case.
    """
    check_embedders(recaller.bank, text_embedder, image_embedder)
    analyses = analyses or [None] * len(cases)
    texts = [_texts(case, analysis) for case, analysis in zip(cases, analyses, strict=True)]
    text_vectors = _parted(text_embedder.embed([text for group in texts for text in group]), [len(group) for group in texts])
    image_vectors = [np.zeros((0, 0), np.float32)] * len(cases) if image_embedder is None else _image_vectors(cases, image_embedder)
    queries = [
        RecallQuery(
            question=case.question,
            analysis=analysis,
            text_vectors=case_texts,
            image_vectors=case_images,
            case_key=case_key(case),
            question_key=question_key(case.question, [image.sha256 for image in case.images]),
        )
        for case, analysis, case_texts, case_images in zip(cases, analyses, text_vectors, image_vectors, strict=True)
    ]
    return recaller.recall_batch(queries)


def check_embedders(bank: MemoryBank, text_embedder: TextEmbedder, image_embedder: ImageEmbedder | None) -> None:
    """Raises ``StoreError`` when vectors of these embedders must not be compared with the bank's."""
    pairs = [("texts", bank.fingerprints.text, text_embedder.fingerprint)]
    if image_embedder is not None and len(bank.image_owner):
        pairs.append(("images", bank.fingerprints.image, image_embedder.fingerprint))
    for what, made_with, given in pairs:
        if made_with != given:
            raise StoreError(
                f"the {what} of snapshot {bank.snapshot_id} were embedded with {made_with}, not with {given}.",
                f"Use {made_with}, or make the memory's vectors again with vilomem reembed and publish a snapshot.",
            )


def _texts(case: Case, analysis: Analysis | None) -> tuple[str, ...]:
    try:
        return query_texts(case.question, analysis)
    except DataError as exc:
        raise DataError(f"case {case.id!r}: {exc.message}", exc.hint) from exc


def _image_vectors(cases: Sequence[Case], embedder: ImageEmbedder) -> list[F32]:
    """f32[n_images, image_dim] a case."""
    try:
        vectors = embedder.embed([image for case in cases for image in case.images])
    except DataError:
        for case in cases:  # one after the other, to name the case and the picture
            for place, image in enumerate(case.images, 1):
                try:
                    embedder.embed([image])
                except DataError as exc:
                    raise DataError(
                        f"image {place} of {len(case.images)} of case {case.id!r} cannot be used: {exc.message}.",
                        "Leave the case out; vilomem check finds such pictures in a data set.",
                    ) from exc
        raise
    return _parted(vectors, [len(case.images) for case in cases])


def _parted(vectors: F32, lengths: Sequence[int]) -> list[F32]:
    ends = np.cumsum(lengths)
    return [vectors[end - length : end] for end, length in zip(ends.tolist(), lengths, strict=True)]
