"""Clusters against labelled rule families, and the gate against labelled texts."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vilomem_core.consolidation import ConsolidationSettings, GuidelineLog, consolidate
from vilomem_core.errors import DataError, SettingsError
from vilomem_core.gate import GateSettings, judge_guideline
from vilomem_core.protocols import TextEmbedder
from vilomem_core.recall.query import concept_text
from vilomem_core.types import Analysis, MemoryState, Stream

NOT_IN_THE_TEXT = "false_rule"  # the label of texts that are well put and wrong: no gate can see that


@dataclass(frozen=True, slots=True)
class StreamScore:
    """Pairs of wordings in one memory against pairs of one family; ``ari`` is the adjusted Rand index (Hubert and Arabie 1985)."""

    pairwise_f1: float
    precision: float
    recall: float
    ari: float
    clusters: int
    hard_negative_pairs_merged: int


@dataclass(frozen=True, slots=True)
class ConsolidationScore:
    """``gate`` holds ``accuracy`` over all labelled texts and ``visible``, the same without false rules; None without labels."""

    streams: Mapping[str, StreamScore]
    gate: Mapping[str, float] | None

    def as_json(self) -> dict[str, Any]:
        return {**{name: asdict(score) for name, score in self.streams.items()}, "gate": self.gate}


def score(
    folder: Path, judge: str = "none", order_seed: int | None = None, embedder: TextEmbedder | None = None
) -> ConsolidationScore:
    """Consolidate the non-vague wordings of ``guidelines.jsonl`` and compare with their families. Raises ``DataError``."""
    if judge != "none":
        raise SettingsError(f"unknown judge {judge!r}.", "Only none is there: judging pairs is not part of consolidation yet.")
    if embedder is None:
        from vilomem_core.backends.minilm import MiniLM

        embedder = MiniLM()
    rows = [row for row in _rows(folder / "guidelines.jsonl") if not row["canonical"] and not row["vague"]]
    if order_seed is not None:
        random.Random(order_seed).shuffle(rows)
    groups = _memories(rows, embedder)
    twins = {row["family"]: row["hard_negative_of"] for row in _rows(folder / "families.jsonl")}
    streams = {str(stream): _stream_score([row for row in rows if row["stream"] == stream], groups, twins) for stream in Stream}
    return ConsolidationScore(streams, _gate(folder / "quality.jsonl"))


def _memories(rows: Sequence[Mapping[str, Any]], embedder: TextEmbedder) -> dict[str, str]:
    """Guideline id to memory id."""
    texts = [row["text"] for row in rows]
    concepts = [tuple(row["key_concepts"]) for row in rows]
    vectors = embedder.embed(
        [*texts, *(concept_text(Analysis(row["subject"], names)) for row, names in zip(rows, concepts, strict=True))]
    )
    log = GuidelineLog(
        ids=tuple(row["guideline_id"] for row in rows),
        streams=tuple(Stream(row["stream"]) for row in rows),
        guidelines=tuple(texts),
        questions=("",) * len(rows),
        subjects=tuple(row["subject"] for row in rows),
        key_concepts=tuple(concepts),
        case_keys=("",) * len(rows),
        image_sha256=((),) * len(rows),
        guideline_vectors=vectors[: len(rows)],
        question_vectors=vectors[: len(rows)],
        concept_vectors=vectors[len(rows) :],
    )
    settings = ConsolidationSettings(capacity=0)
    work = consolidate(log, (), (), (), embedder=embedder, merger=None, settings=settings, consolidation_id="score")
    made = asyncio.run(work).changed
    return {member: memory.id for memory in made if memory.state is MemoryState.ACTIVE for member in memory.member_ids}


def _stream_score(rows: Sequence[Mapping[str, Any]], groups: Mapping[str, str], twins: Mapping[str, Sequence[str]]) -> StreamScore:
    cells = Counter((row["family"], groups[row["guideline_id"]]) for row in rows)
    families, clusters = Counter(row["family"] for row in rows), Counter(groups[row["guideline_id"]] for row in rows)
    both, true, found = (_pairs(counts) for counts in (cells, families, clusters))
    precision, recall = both / found if found else 1.0, both / true if true else 1.0
    chance = true * found / _pairs({"all": len(rows)}) if len(rows) > 1 else 0.0
    held: dict[str, set[str]] = {}
    for family, cluster in cells:
        held.setdefault(family, set()).add(cluster)
    merged = {
        frozenset((family, twin)) for family in held for twin in twins.get(family, ()) if held[family] & held.get(twin, set())
    }
    return StreamScore(
        pairwise_f1=2 * precision * recall / (precision + recall) if both else 0.0,
        precision=precision,
        recall=recall,
        ari=(both - chance) / ((true + found) / 2 - chance) if true + found != 2 * chance else 1.0,
        clusters=len(clusters),
        hard_negative_pairs_merged=len(merged),
    )


def _pairs(counts: Mapping[Any, int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def _gate(path: Path) -> dict[str, float] | None:
    if not path.exists():
        return None
    right = []
    for row in _rows(path):
        verdict = judge_guideline(row["text"], question="", answer="", options=(), settings=GateSettings())
        right.append((verdict.accepted == (row["label"] == "accept"), row["category"] == NOT_IN_THE_TEXT))
    seen = [fits for fits, hidden in right if not hidden]
    return {"accuracy": sum(fits for fits, _ in right) / len(right), "visible": sum(seen) / len(seen)}


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as exc:
        raise DataError(f"cannot read the labelled corpus {path}: {exc}.") from exc
