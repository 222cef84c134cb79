"""Labelled guidelines: the rule that each states, which rules look alike, and a judge that answers from the labels."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.errors import DataError, ReplyUnusable, SettingsError
from vilomem_core.protocols import ChatReply, ChatRequest, TextEmbedder
from vilomem_core.types import Role, Stream, Usage


@dataclass(frozen=True, slots=True)
class LabelledGuideline:
    """One labelled guideline."""

    id: str
    stream: Stream
    family: str
    subject: str
    key_concepts: tuple[str, ...]
    text: str


def clear_wordings(folder: Path) -> list[LabelledGuideline]:
    """The wordings of ``guidelines.jsonl`` that are neither vague nor canonical, in the file's order. Raises ``DataError``."""
    rows = labelled_rows(
        folder / "guidelines.jsonl", ("guideline_id", "stream", "family", "subject", "key_concepts", "text", "canonical", "vague")
    )
    return [
        LabelledGuideline(
            row["guideline_id"], Stream(row["stream"]), row["family"], row["subject"], tuple(row["key_concepts"]), row["text"]
        )
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


def as_log(wordings: Sequence[LabelledGuideline], embedder: TextEmbedder) -> GuidelineLog:
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


class Oracle:
    """A judge that answers from the labels, and errs with a given rate: always the same way for the same pair and seed."""

    def __init__(self, families: Mapping[str, str], error_rate: float, seed: int = 0) -> None:
        self.calls: list[str] = []
        self._families = families
        self._error_rate = error_rate
        self._seed = seed

    @property
    def name(self) -> str:
        return f"oracle:{self._error_rate:g}"

    def fresh(self) -> Oracle:
        """The same judge with no calls counted."""
        return Oracle(self._families, self._error_rate, self._seed)

    async def complete(self, request: ChatRequest) -> ChatReply:
        if request.role is not Role.MERGER:
            raise ReplyUnusable("the oracle judges pairs and writes no rules")
        left, _, right = request.case_id.partition("+")
        self.calls.append(left)
        same = self._families[left] == self._families[right]
        if random.Random(f"{self._seed}:{left}+{right}").random() < self._error_rate:
            same = not same
        return ChatReply(json.dumps({"same": same, "reason": "labels"}), self.name, usage=Usage(calls=1))

    async def aclose(self) -> None:
        """Nothing to give back."""


def error_rate(judge: str) -> float | None:
    """None for no judge. Raises ``SettingsError`` for anything but none, oracle and oracle:RATE."""
    name, _, rate = judge.partition(":")
    if name == "none" and not rate:
        return None
    try:
        value = float(rate) if rate else 0.0
    except ValueError:
        value = -1.0
    if name != "oracle" or not 0.0 <= value < 1.0:
        raise SettingsError(f"judge is {judge!r}; it must be none, oracle or oracle:ERROR_RATE, such as oracle:0.1.")
    return value
