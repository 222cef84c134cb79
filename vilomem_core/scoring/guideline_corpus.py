"""Labelled guidelines: wordings with the rule that they state, and which rules look alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vilomem_core.consolidation import GuidelineLog
from vilomem_core.errors import DataError
from vilomem_core.protocols import TextEmbedder
from vilomem_core.types import Stream


@dataclass(frozen=True, slots=True)
class Wording:
    """One labelled guideline."""

    id: str
    stream: Stream
    family: str
    subject: str
    key_concepts: tuple[str, ...]
    text: str


def clear_wordings(folder: Path) -> list[Wording]:
    """The wordings of ``guidelines.jsonl`` that are neither vague nor canonical, in the file's order. Raises ``DataError``."""
    rows = labelled_rows(
        folder / "guidelines.jsonl", ("guideline_id", "stream", "family", "subject", "key_concepts", "text", "canonical", "vague")
    )
    return [
        Wording(row["guideline_id"], Stream(row["stream"]), row["family"], row["subject"], tuple(row["key_concepts"]), row["text"])
        for row in rows
        if not row["canonical"] and not row["vague"]
    ]


def look_alikes(folder: Path) -> list[tuple[str, str]]:
    """Pairs of rules that must never be merged, each once. Raises ``DataError``."""
    rows = labelled_rows(folder / "families.jsonl", ("family", "hard_negative_of"))
    return sorted({(min(row["family"], other), max(row["family"], other)) for row in rows for other in row["hard_negative_of"]})


def labelled_rows(path: Path, fields: Sequence[str]) -> list[dict[str, Any]]:
    """The JSON objects of a file, all with ``fields``. Raises ``DataError`` for a file that cannot be read, or has other rows."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as exc:
        raise DataError(f"{path} cannot be read: {exc}.") from exc
    for number, row in enumerate(rows, 1):
        missing = [field for field in fields if not isinstance(row, dict) or field not in row]
        if missing:
            raise DataError(f"{path}: row {number} has no {missing[0]}.", "The form is that of the labelled guideline corpus.")
    return rows


def as_log(wordings: Sequence[Wording], embedder: TextEmbedder) -> GuidelineLog:
    """The wordings as accepted candidates, in their order."""
    concepts = [f"{wording.subject}: {', '.join(wording.key_concepts)}" for wording in wordings]
    vectors = embedder.embed([*(wording.text for wording in wordings), *concepts])
    return GuidelineLog(
        ids=tuple(wording.id for wording in wordings),
        streams=tuple(wording.stream for wording in wordings),
        guidelines=tuple(wording.text for wording in wordings),
        questions=("",) * len(wordings),
        subjects=tuple(wording.subject for wording in wordings),
        key_concepts=tuple(wording.key_concepts for wording in wordings),
        case_keys=("",) * len(wordings),
        image_sha256=((),) * len(wordings),
        guideline_vectors=vectors[: len(wordings)],
        question_vectors=np.zeros_like(vectors[: len(wordings)]),
        concept_vectors=vectors[len(wordings) :],
    )


def first_rows(log: GuidelineLog, end: int) -> GuidelineLog:
    """The log as it was when ``end`` candidates had arrived."""
    return GuidelineLog(*(getattr(log, name)[:end] for name in GuidelineLog.__slots__))
