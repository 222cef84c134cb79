"""How well recall finds labelled rules: ``vilomem score recall DIR``.

``guidelines.jsonl`` holds wordings of rules by family, ``questions.jsonl`` problems for which a family's rule is the needed
warning, and distractors for which none is. Memories are the canonical rules; their lineage is the clear wordings, and the questions
that come with a gold answer. The other questions are asked. Labels never reach recall: memories are named by guideline ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vilomem_core.errors import DataError
from vilomem_core.protocols import TextEmbedder
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.query import Question, RecallQuery, concept_text, embed_queries
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import F32, Analysis, Candidate, Memory, RecallHit, Stream

_ANALYSIS = re.compile(r"Subject: (?P<subject>.*?); Key Concepts: (?P<concepts>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StreamRecallScore:
    """Shares from 0 to 1 of ``queries`` questions and ``distractors`` distractors (of both streams).

    ``hit_at_k``, ``mrr`` and ``auc`` look at the ranking without a threshold, ``auc`` at the best evidence that a question and a
    distractor find. ``recalled_at_threshold``: questions whose rule is recalled with the default settings;
    ``distractors_at_threshold``: distractors that recall anything.
    """

    queries: int
    distractors: int
    hit_at_1: float
    hit_at_3: float
    mrr: float
    auc: float
    recalled_at_threshold: float
    distractors_at_threshold: float


@dataclass(frozen=True, slots=True)
class RecallScore:
    visual: StreamRecallScore
    logic: StreamRecallScore
    text_embedder: str

    def as_json(self) -> dict[str, Any]:
        """Plain values, rounded to four digits."""
        streams = {
            name: {key: round(value, 4) for key, value in asdict(part).items()}
            for name, part in (("visual", self.visual), ("logic", self.logic))
        }
        return {**streams, "text_embedder": self.text_embedder}


def score(folder: str | Path, embedder: TextEmbedder | None = None, settings: RecallSettings | None = None) -> RecallScore:
    """Score a labelled folder; without an embedder all-MiniLM-L6-v2 is used. Raises ``DataError`` for a folder of another form."""
    if embedder is None:
        from vilomem_core.backends.minilm import MiniLM

        embedder = MiniLM()
    corpus = read_corpus(Path(folder))
    bank, families = labelled_bank(corpus, embedder)
    rows = [row for row in corpus.questions if row["family"] is None or "gold_answer" not in row]
    asked = list(zip(rows, labelled_queries(rows, embedder), strict=True))
    visual, logic = (_score_stream(stream, asked, bank, families, settings or RecallSettings()) for stream in Stream)
    return RecallScore(visual, logic, embedder.fingerprint)


def _score_stream(
    stream: Stream,
    asked: Sequence[tuple[dict[str, Any], RecallQuery]],
    bank: MemoryBank,
    families: dict[str, str],
    settings: RecallSettings,
) -> StreamRecallScore:
    wanted = [row["family"] for row, _ in asked if row["stream"] == stream and row["family"] is not None]
    queries = [query for row, query in asked if row["stream"] == stream and row["family"] is not None]
    distractors = [query for row, query in asked if row["family"] is None]
    everything = replace(
        settings,
        streams=(stream.value,),
        top_k=len(bank),
        visual_threshold=-1.0,
        logic_threshold=-1.0,
        duplicate_distance=0.0,
        token_budget=10**9,
    )
    ranking, recalling = Recaller(bank, everything), Recaller(bank, replace(settings, streams=(stream.value,)))
    ranked = ranking.recall_batch(queries)
    places = [_place([families[hit.memory_id] for hit in hits], family) for hits, family in zip(ranked, wanted, strict=True)]
    recalled = [{families[hit.memory_id] for hit in hits} for hits in recalling.recall_batch(queries)]
    return StreamRecallScore(
        queries=len(queries),
        distractors=len(distractors),
        hit_at_1=_share([place < 1 for place in places]),
        hit_at_3=_share([place < 3 for place in places]),
        mrr=float(np.mean([1.0 / (place + 1) for place in places])),
        auc=_auc(_best_evidence(ranked), _best_evidence(ranking.recall_batch(distractors))),
        recalled_at_threshold=_share([family in found for found, family in zip(recalled, wanted, strict=True)]),
        distractors_at_threshold=_share([bool(hits) for hits in recalling.recall_batch(distractors)]),
    )


def _place(ranked: list[str], wanted: str) -> int:
    return ranked.index(wanted) if wanted in ranked else len(ranked)


def _best_evidence(ranked: Sequence[tuple[RecallHit, ...]]) -> F32:
    return np.array([max((dict(hit.scores)["evidence"] for hit in hits), default=-1.0) for hits in ranked], dtype=np.float32)


def _share(flags: Sequence[bool]) -> float:
    return float(np.mean(flags)) if flags else 0.0


def _auc(positives: F32, negatives: F32) -> float:
    """Area under the ROC curve: how often a positive lies above a negative, ties counting half."""
    if not len(positives) or not len(negatives):
        return 0.0
    difference = positives[:, None] - negatives[None, :]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


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
