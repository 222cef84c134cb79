"""A labelled corpus of guidelines and questions, as a bank to be searched and questions to be asked.

``guidelines.jsonl`` holds wordings of rules by family, ``questions.jsonl`` problems for which a family's rule is the needed
warning, and distractors for which none is. Memories are the canonical rules; their lineage is the clear wordings, and the questions
that come with a gold answer. The other questions are asked. Labels never reach recall: memories are named by guideline ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vilomem_core.errors import DataError
from vilomem_core.protocols import TextEmbedder
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.query import Question, RecallQuery, concept_text, embed_queries
from vilomem_core.types import Analysis, Candidate, Memory, Stream

_ANALYSIS = re.compile(r"Subject: (?P<subject>.*?); Key Concepts: (?P<concepts>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Rows as they stand in the files."""

    guidelines: list[dict[str, Any]]
    questions: list[dict[str, Any]]


def read_corpus(folder: Path) -> Corpus:
    """Read a folder of the labelled form. Raises ``DataError`` for a folder of another form."""
    corpus = Corpus(_read_lines(folder / "guidelines.jsonl"), _read_lines(folder / "questions.jsonl"))
    try:
        rules = {
            (row["stream"], row["family"]) for row in corpus.guidelines if row["canonical"] and row["text"] and row["key_concepts"]
        }
        asked = {(row["stream"], row["family"]) for row in corpus.questions if row["question"] and row["family"] is not None}
    except KeyError as exc:
        raise DataError(f"a row of {folder} has no field {exc}.", "The form is that of the labelled guideline corpus.") from exc
    if asked - rules:
        raise DataError(f"{folder} asks for the families {sorted(asked - rules)[:3]}, which have no canonical rule.")
    for stream in Stream:
        if not any(name == stream for name, _ in asked):
            raise DataError(f"{folder} holds no labelled {stream} question.")
    return corpus


def _read_lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as exc:
        raise DataError(f"cannot read {path}: {exc.strerror}.", "Give a folder with guidelines.jsonl and questions.jsonl.") from exc
    except ValueError as exc:
        raise DataError(f"{path} is not JSON lines: {exc}.") from exc


def labelled_bank(corpus: Corpus, embedder: TextEmbedder) -> tuple[MemoryBank, dict[str, str]]:
    """The bank, and the family of each memory id."""
    canonical = [row for row in corpus.guidelines if row["canonical"]]
    candidates: dict[tuple[str, str], list[Candidate]] = {(row["stream"], row["family"]): [] for row in canonical}
    for row in corpus.guidelines:
        if not row["canonical"] and not row["vague"]:
            analysis = Analysis(row["subject"], tuple(row["key_concepts"]))
            candidates[row["stream"], row["family"]].append(_candidate(row["guideline_id"], row, row["text"], "", analysis))
    for row in corpus.questions:
        if row["family"] is not None and "gold_answer" in row:
            analysis = _analysis(row["analysis"])
            candidates[row["stream"], row["family"]].append(_candidate(row["question_id"], row, "", row["question"], analysis))
    flat = [candidate for members in candidates.values() for candidate in members]
    vectors = embedder.embed(
        [text for c in flat for text in (c.guideline, c.question, concept_text(Analysis(c.subject, c.key_concepts)))]
    ).reshape(len(flat), 3, -1)
    embedded = [
        replace(c, guideline_vector=three[0], question_vector=three[1], concept_vector=three[2])
        for c, three in zip(flat, vectors, strict=True)
    ]
    rules = embedder.embed([row["text"] for row in canonical])
    memories = [
        Memory(
            id=row["guideline_id"],
            stream=Stream(row["stream"]),
            rule=row["text"],
            subject=row["subject"],
            key_concepts=tuple(row["key_concepts"]),
            member_ids=tuple(c.id for c in candidates[row["stream"], row["family"]]),
            rule_origin="abstracted",
            rule_vector=rule,
        )
        for row, rule in zip(canonical, rules, strict=True)
    ]
    bank = build_bank(memories, embedded, "labelled", Fingerprints(embedder.fingerprint, ""))
    return bank, {row["guideline_id"]: row["family"] for row in canonical}


def _candidate(id_: str, row: dict[str, Any], guideline: str, question: str, analysis: Analysis) -> Candidate:
    empty = np.zeros(0, np.float32)
    return Candidate(
        id=id_,
        attempt_id="",
        case_key=id_,
        case_id=id_,
        stream=Stream(row["stream"]),
        guideline=guideline,
        question=question,
        subject=analysis.subject,
        key_concepts=analysis.key_concepts,
        image_sha256=(),
        accepted=True,
        reject_category="",
        reject_reason="",
        guideline_vector=empty,
        question_vector=empty,
        concept_vector=empty,
        image_vectors=np.zeros((0, 0), np.float32),
    )


def labelled_queries(rows: Sequence[dict[str, Any]], embedder: TextEmbedder) -> list[RecallQuery]:
    """A query without images for each row of ``questions.jsonl``."""
    questions = [Question(row["question"], analysis=_analysis(row["analysis"])) for row in rows]
    return embed_queries(questions, embedder.embed, None)


def _analysis(text: str) -> Analysis:
    parts = _ANALYSIS.fullmatch(text.strip())
    if parts is None:
        return Analysis("", (text,))
    return Analysis(parts["subject"], tuple(name.strip() for name in parts["concepts"].split(",")))
