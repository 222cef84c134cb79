"""How well consolidation finds labelled rule families, and the gate labelled faults.

A folder holds ``guidelines.jsonl`` (wordings with their family), ``families.jsonl`` (which families must never be merged) and
``quality.jsonl`` (texts to accept or to reject). Only clear wordings are consolidated: vague ones may fit a look-alike rule as well, and canonical
ones are the answer. Labels reach the oracle judge and the score, never the parts under test.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

from vilomem_core.consolidation.consolidate import consolidate
from vilomem_core.consolidation.derivation import Consolidation
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.gate.check import check_guideline
from vilomem_core.protocols import ChatModel, TextEmbedder
from vilomem_core.scoring.guideline_corpus import (
    LabelledGuideline,
    Oracle,
    as_log,
    clear_wordings,
    error_rate,
    first_rows,
    labelled_rows,
    look_alikes,
)
from vilomem_core.settings.method import ConsolidationSettings, GateSettings
from vilomem_core.types import Judgement, Memory, MemoryState, Stream

BATCH = 20  # wordings that arrive at a time when the order is shuffled
FALSE_RULE = "false_rule"  # well put and wrong: no text shows it


@dataclass(frozen=True, slots=True)
class StreamScore:
    """Of one stream. ``order_ari`` is the agreement of arrival in shuffled batches with one rebuild, None without an order seed."""

    pairwise_f1: float
    precision: float
    recall: float
    ari: float
    candidates: int
    clusters: int
    hard_negative_pairs_merged: int
    hard_negative_pairs: int
    judge_calls_per_candidate: float
    order_ari: float | None = None


@dataclass(frozen=True, slots=True)
class GateScore:
    """``accuracy_visible`` leaves out false rules, which no text shows; ``accepted`` counts accepted faults by category."""

    accuracy: float
    accuracy_visible: float
    texts: int
    accepted: Mapping[str, int]
    rejected_wrongly: int


@dataclass(frozen=True, slots=True)
class ConsolidationScore:
    """The scores of both streams and of the gate; ``gate`` is None for a folder without ``quality.jsonl``."""

    judge: str
    order_seed: int | None
    streams: Mapping[Stream, StreamScore]
    gate: GateScore | None

    def as_json(self) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        shown: dict[str, Any] = {"judge": self.judge, "order_seed": self.order_seed}
        for stream, found in self.streams.items():
            shown[stream.value] = {name: _rounded(getattr(found, name)) for name in StreamScore.__slots__}
        if self.gate is not None:
            gate = {name: _rounded(getattr(self.gate, name)) for name in GateScore.__slots__}
            shown["gate"] = gate | {"accepted": dict(self.gate.accepted)}
        return shown


def score(
    folder: Path,
    judge: str = "none",
    order_seed: int | None = None,
    embedder: TextEmbedder | None = None,
    settings: ConsolidationSettings | None = None,
    error_seed: int = 0,
) -> ConsolidationScore:
    """Scores a labelled folder. ``judge`` is ``none``, ``oracle`` or ``oracle:ERROR_RATE``; the default embedder is minilm.

    ``error_seed`` says on which pairs the oracle errs.

    Raises ``DataError`` for a folder of another form, ``SettingsError`` for another judge.
    """
    rate = error_rate(judge)
    wordings = clear_wordings(folder)
    hard_negatives = look_alikes(folder)
    if order_seed is not None:
        random.Random(order_seed).shuffle(wordings)
    if embedder is None:
        from vilomem_core.backends.minilm import MiniLM

        embedder = MiniLM()
    log = as_log(wordings, embedder)
    oracle = None if rate is None else Oracle({wording.id: wording.family for wording in wordings}, rate, error_seed)
    batches = [len(log)] if order_seed is None else [*range(BATCH, len(log), BATCH), len(log)]
    settings = settings or ConsolidationSettings()
    found = asyncio.run(_consolidated(log, batches, embedder, oracle, settings))
    whole = (
        found if order_seed is None else asyncio.run(_consolidated(log, [len(log)], embedder, oracle and oracle.fresh(), settings))
    )
    streams = {stream: _score_stream(stream, wordings, found, whole, hard_negatives, oracle) for stream in Stream}
    return ConsolidationScore(judge, order_seed, streams, score_gate(folder / "quality.jsonl"))


async def _consolidated(
    log: GuidelineLog, ends: Sequence[int], embedder: TextEmbedder, merger: ChatModel | None, settings: ConsolidationSettings
) -> list[Memory]:
    """The memories after the first ``ends[0]``, ``ends[1]``, … rows have arrived."""
    memories: dict[str, Memory] = {}
    judgements: list[Judgement] = []
    for end in ends:
        result: Consolidation = await consolidate(
            first_rows(log, end),
            list(memories.values()),
            judgements,
            [],
            embedder=embedder,
            merger=merger,
            settings=settings,
            consolidation_id=f"score_{end}",
        )
        memories.update((row.id, row) for row in result.changed)
        judgements += result.judgements
    return [memory for memory in memories.values() if memory.state is not MemoryState.MERGED]


def _score_stream(
    stream: Stream,
    wordings: Sequence[LabelledGuideline],
    found: Sequence[Memory],
    whole: Sequence[Memory],
    hard_negatives: Sequence[tuple[str, str]],
    oracle: Oracle | None,
) -> StreamScore:
    chosen = [wording for wording in wordings if wording.stream is stream]
    labels, reference = _labels(chosen, found), _labels(chosen, whole)
    families = [wording.family for wording in chosen]
    pairs = pair_score(labels, families)
    together = {family: {label for label, name in zip(labels, families, strict=True) if name == family} for family in families}
    present = [(one, other) for one, other in hard_negatives if one in together and other in together]
    ids = {wording.id for wording in chosen}
    calls = sum(left in ids for left in oracle.calls) if oracle else 0
    return StreamScore(
        pairwise_f1=pairs.f1,
        precision=pairs.precision,
        recall=pairs.recall,
        ari=adjusted_rand(labels, families),
        candidates=len(chosen),
        clusters=len(set(labels)),
        hard_negative_pairs_merged=sum(bool(together[one] & together[other]) for one, other in present),
        hard_negative_pairs=len(present),
        judge_calls_per_candidate=calls / max(len(chosen), 1),
        order_ari=None if found is whole else adjusted_rand(labels, reference),
    )


def score_gate(path: Path, settings: GateSettings | None = None) -> GateScore | None:
    """The gate on labelled texts; None when there is no such file."""
    if not path.exists():
        return None
    rows = labelled_rows(path, ("text", "label", "category"))
    settings = settings or GateSettings()
    taken = [check_guideline(row["text"], question="", answer="", options=(), settings=settings).accepted for row in rows]
    right = [accepted == (row["label"] == "accept") for accepted, row in zip(taken, rows, strict=True)]
    visible = [good for good, row in zip(right, rows, strict=True) if row["category"] != FALSE_RULE]
    faults = [row["category"] for accepted, row in zip(taken, rows, strict=True) if accepted and row["label"] != "accept"]
    refused = sum(not accepted and row["label"] == "accept" for accepted, row in zip(taken, rows, strict=True))
    counts = {name: faults.count(name) for name in sorted(set(faults))}
    return GateScore(sum(right) / max(len(right), 1), sum(visible) / max(len(visible), 1), len(rows), counts, refused)


def _labels(wordings: Sequence[LabelledGuideline], memories: Sequence[Memory]) -> list[str]:
    """The memory of each wording."""
    home = {member: memory.id for memory in memories for member in memory.member_ids}
    return [home[wording.id] for wording in wordings]


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class PairScore:
    """Over all pairs of things: ``precision`` of those put together, ``recall`` of those that belong together. 1 where there are none."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pair_score(found: Sequence[Hashable], wanted: Sequence[Hashable]) -> PairScore:
    """Labels of the same things in the same order; which names the labels have does not matter."""
    both, together, belonging = _pairs(found, wanted)
    return PairScore(both / together if together else 1.0, both / belonging if belonging else 1.0)


def adjusted_rand(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985): 1 for equal partitions, 0 on average for chance."""
    both, first, second = _pairs(one, other)
    pairs = comb(len(one), 2)
    expected = first * second / pairs if pairs else 0.0
    most = (first + second) / 2
    return (both - expected) / (most - expected) if most != expected else 1.0


def _pairs(one: Sequence[Hashable], other: Sequence[Hashable]) -> tuple[int, int, int]:
    """Pairs together in both, in the first, in the second."""
    counts = (Counter(zip(one, other, strict=True)), Counter(one), Counter(other))
    both, first, second = (sum(comb(count, 2) for count in counter.values()) for counter in counts)
    return both, first, second
