"""Recall for other programs: open a snapshot, ask it, put the answer into a prompt.

    memory = OpenSnapshot(open_recaller("snap"), text_embedder, image_embedder)
    hits = memory.recall("Which bar is taller?", images=["bars.png"])
    prompt = memory.prompt(hits) + question

Only NumPy and pyarrow are imported here; embedders are the caller's, and must be those that made the snapshot's vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from vilomem_core.errors import DataError, StoreError
from vilomem_core.protocols import ImageEmbedder, TextEmbedder
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.bundle import load
from vilomem_core.recall.query import EmbedImages, Question, embed_queries, query_texts
from vilomem_core.recall.recaller import Recaller, render_memory_section
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import Analysis, Case, Image, RecallHit

Picture: TypeAlias = Image | str | Path  # as it is, or the file that holds it


def open_recaller(folder: str | Path, settings: RecallSettings | None = None, *, verify: bool = False) -> Recaller:
    """Open a bundle read-only. Raises ``StoreError``, see ``recall.bundle.load``."""
    return Recaller(load(folder, verify=verify), settings or RecallSettings())


class OpenSnapshot:
    """The memories of one snapshot, with the embedders that made its vectors."""

    def __init__(self, recaller: Recaller, text_embedder: TextEmbedder, image_embedder: ImageEmbedder | None = None) -> None:
        """Without an image embedder the visual stream goes by text alone.

        Raises ``StoreError`` when an embedder is not the one that made the snapshot's vectors.
        """
        check_embedders(recaller.bank, text_embedder, image_embedder)
        self.recaller = recaller
        self._embed_texts = text_embedder.embed
        self._embed_images = image_embedder.embed if image_embedder is not None else None

    def recall(
        self, question: str, *, images: Sequence[Picture] | Picture = (), analysis: Analysis | None = None
    ) -> tuple[RecallHit, ...]:
        """The memories that warn of the mistakes at hand, visual ones first; ``images`` may be files, or one alone.

        Raises ``DataError`` for an empty question or a picture that cannot be read.
        """
        return self.recall_many([Question(question, _pictures(images), analysis)])[0]

    def recall_many(self, questions: Sequence[Question]) -> list[tuple[RecallHit, ...]]:
        """``recall`` for each question; texts and images are embedded in one call each. Errors name the question."""
        questions = [_checked(question) for question in questions]
        try:
            queries = embed_queries(questions, self._embed_texts, self._embed_images)
        except DataError as exc:
            raise _located(exc, questions, self._embed_images) from exc
        return self.recaller.recall_batch(queries)

    def prompt(self, hits: Sequence[RecallHit]) -> str:
        """The section of a solver's prompt with these rules; empty when there are none."""
        return render_memory_section(hits, self.recaller.settings)


def recall_case(
    recaller: Recaller,
    case: Case,
    text_embedder: TextEmbedder,
    image_embedder: ImageEmbedder | None = None,
    analysis: Analysis | None = None,
) -> tuple[RecallHit, ...]:
    """The memories for one case but those that it has taught. Without an image embedder the visual stream goes by text alone."""
    return recall_cases(recaller, [case], text_embedder, image_embedder, [analysis])[0]


def recall_cases(
    recaller: Recaller,
    cases: Sequence[Case],
    text_embedder: TextEmbedder,
    image_embedder: ImageEmbedder | None = None,
    analyses: Sequence[Analysis | None] | None = None,
) -> list[tuple[RecallHit, ...]]:
    """The memories for each of many cases; texts and images are embedded in one call each.

    Raises ``StoreError`` when an embedder is not the one that made the snapshot's vectors, ``DataError`` for an empty question or a
    picture that cannot be read, naming the case.
    """
    analyses = analyses or [None] * len(cases)
    questions = [Question.of_case(case, analysis) for case, analysis in zip(cases, analyses, strict=True)]
    return OpenSnapshot(recaller, text_embedder, image_embedder).recall_many(questions)


def check_embedders(bank: MemoryBank, text_embedder: TextEmbedder, image_embedder: ImageEmbedder | None) -> None:
    """Raises ``StoreError`` when vectors of these embedders must not be compared with the bank's."""
    pairs = [("texts", bank.fingerprints.text, text_embedder.fingerprint)]
    if image_embedder is not None and len(bank.image_owner):
        pairs.append(("images", bank.fingerprints.image, image_embedder.fingerprint))
    for what, made_with, given in pairs:
        if made_with != given:
            raise StoreError(
                f"the {what} of snapshot {bank.snapshot_id} were embedded with {made_with}, not with {given}.",
                f"Use {made_with} (the settings embedders.text and embedders.image), or make the memory's vectors again with "
                "vilomem reembed and publish a snapshot.",
            )


def _located(error: DataError, questions: Sequence[Question], embed_images: EmbedImages | None) -> DataError:
    """An error of many questions as one that names the question, and the picture, by trying them one after the other."""
    for number, question in enumerate(questions, 1):
        try:
            query_texts(question.text, question.analysis)
        except DataError as exc:
            name = _name(question, number, len(questions))
            return DataError(f"{name}: {exc.message}" if name else exc.message, exc.hint)
    if embed_images is None:
        return error
    for number, question in enumerate(questions, 1):
        for place, image in enumerate(question.images, 1):
            try:
                embed_images([image])
            except DataError as exc:
                name = _name(question, number, len(questions))
                which = f"image {place} of {len(question.images)}" + (f" of {name}" if name else "")
                return DataError(
                    f"{which} cannot be used: {exc.message}.", "Leave it out; vilomem check finds such pictures in a data set."
                )
    return error


def _name(question: Question, number: int, count: int) -> str:
    return question.name or (f"question {number}" if count > 1 else "")


def _checked(question: Question) -> Question:
    """The question with its pictures read. Raises ``DataError`` for what is no question."""
    if not (isinstance(question, Question) and isinstance(question.text, str)):
        raise DataError(f"{question!r:.100} is no question.", 'Give a text to recall, or Question("…") to recall_many.')
    if not (question.analysis is None or isinstance(question.analysis, Analysis)):
        raise DataError(f"{question.analysis!r:.100} is no analysis.", 'Give Analysis(subject, ("concept", …)).')
    return replace(question, images=_pictures(question.images))


def _pictures(images: Sequence[Picture] | Picture) -> list[Image]:
    """One picture or several, as they are or read from their files."""
    given = [images] if isinstance(images, Image | str | Path) else images
    return [image if isinstance(image, Image) else _read_image(image) for image in given]


def _read_image(path: str | Path) -> Image:
    from vilomem_core.images import read_image  # Pillow is needed for files alone

    return read_image(path)
