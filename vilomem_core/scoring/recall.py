"""How well recall finds labelled rules: ``vilomem score recall DIR``.

The labelled form, and what is searched and asked, are described in ``recall_corpus``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vilomem_core.protocols import TextEmbedder
from vilomem_core.recall.bank import MemoryBank
from vilomem_core.recall.query import RecallQuery
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.scoring.recall_corpus import labelled_bank, labelled_queries, read_corpus
from vilomem_core.types import F32, RecallHit, Stream


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


def score(folder: Path, embedder: TextEmbedder | None = None, settings: RecallSettings | None = None) -> RecallScore:
    """Score a labelled folder; without an embedder all-MiniLM-L6-v2 is used. Raises ``DataError`` for a folder of another form."""
    if embedder is None:
        from vilomem_core.backends.minilm import MiniLM

        embedder = MiniLM()
    corpus = read_corpus(folder)
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
