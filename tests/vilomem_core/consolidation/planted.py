"""Logs with planted rules, judges that answer from a plan, and consolidations in a row.

The vectors lie around the mean of the embedder that the shipped calibration is for, about as far from each other as real ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vilomem_core.consolidation.calibration import calibration_for
from vilomem_core.consolidation.consolidate import consolidate
from vilomem_core.consolidation.derivation import Consolidation
from vilomem_core.consolidation.forgetting import RecallOutcome
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.errors import ReplyUnusable
from vilomem_core.protocols import ChatModel, ChatReply, ChatRequest
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import F32, Judgement, Memory, MemoryState, Role, Stream, Usage

DIMENSION = 384
RULE, WORDING = 0.75, 0.65  # lengths of what the wordings of a rule share, and of what is a wording's own


class Shipped:
    """The embedder of the shipped calibration, for logs that bring their vectors; a new text gets a vector of its own."""

    fingerprint = "all-MiniLM-L6-v2/1"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> F32:
        return np.stack([_unit(np.random.default_rng(len(text)).standard_normal(DIMENSION, np.float32)) for text in texts])


EMBEDDER = Shipped()


def text_of(rule: int, wording: int) -> str:
    """Words that only this rule uses, and words that only this wording uses."""
    common = ["axis", "shape", "label", "count", "angle", "scale", "ratio", "corner"]
    own = [f"{letter}{_spelled(rule)}" for letter in "kmprt"]
    return f"Before answering, {common[wording % 8]} {' '.join(own)} {common[(wording // 8) % 8]} {_spelled(1000 + wording)}."


def planted_log(wordings: Sequence[tuple[int, int]], stream: Stream = Stream.LOGIC) -> GuidelineLog:
    """One row for each (rule, wording): the same pair is the same text under another id."""
    size = len(wordings)
    ids = tuple(f"cand_{stream}_{row:05d}_{rule}_{wording}" for row, (rule, wording) in enumerate(wordings))
    return GuidelineLog(
        ids=ids,
        streams=(stream,) * size,
        guidelines=tuple(text_of(rule, wording) for rule, wording in wordings),
        questions=("",) * size,
        subjects=("",) * size,
        key_concepts=((),) * size,
        case_keys=tuple(f"case_{row}" for row in range(size)),
        image_sha256=((),) * size,
        guideline_vectors=_vectors(wordings),
        question_vectors=np.zeros((size, DIMENSION), np.float32),
        concept_vectors=np.zeros((size, DIMENSION), np.float32),
    )


def every(rules: int, wordings: int, seed: int = 0) -> list[tuple[int, int]]:
    """All wordings of all rules in a shuffled order."""
    pairs = [(rule, wording) for rule in range(rules) for wording in range(wordings)]
    return [pairs[place] for place in np.random.default_rng(seed).permutation(len(pairs))]


def rule_of(candidate_id: str) -> str:
    return candidate_id.split("_")[-2]


def first(log: GuidelineLog, end: int) -> GuidelineLog:
    return GuidelineLog(*(getattr(log, name)[:end] for name in GuidelineLog.__slots__))


def joined(*logs: GuidelineLog) -> GuidelineLog:
    columns = ([getattr(log, name) for log in logs] for name in GuidelineLog.__slots__)
    return GuidelineLog(*(np.concatenate(found) if isinstance(found[0], np.ndarray) else sum(found, ()) for found in columns))


@dataclass
class Memories:
    """The tables as a store keeps them: rows by id, and all that was ever said."""

    rows: dict[str, Memory] = field(default_factory=dict)
    judgements: dict[tuple[str, str], Judgement] = field(default_factory=dict)
    settings: ConsolidationSettings = ConsolidationSettings()
    number: int = 0

    def consolidate(
        self, log: GuidelineLog, merger: ChatModel | None = None, outcomes: Sequence[RecallOutcome] = (), *, rebuild: bool = False
    ) -> Consolidation:
        self.number += 1
        result = asyncio.run(
            consolidate(
                log,
                list(self.rows.values()),
                list(self.judgements.values()),
                outcomes,
                embedder=EMBEDDER,
                merger=merger,
                settings=self.settings,
                consolidation_id=f"cons_{self.number}",
                rebuild=rebuild,
            )
        )
        self.rows.update((row.id, row) for row in result.changed)
        self.judgements.update(((said.left, said.right), said) for said in result.judgements)
        return result

    def active(self) -> list[Memory]:
        return [row for row in self.rows.values() if row.state is MemoryState.ACTIVE]

    def groups(self) -> set[frozenset[str]]:
        """The members of every memory that was not merged away."""
        return {frozenset(row.member_ids) for row in self.rows.values() if row.state is not MemoryState.MERGED}

    def rules(self) -> list[set[str]]:
        """The planted rules that each of these memories holds."""
        return [{rule_of(member) for member in group} for group in self.groups()]

    def change(self, memory: Memory, **fields: object) -> Memory:
        self.rows[memory.id] = replace(memory, **fields)  # type: ignore[arg-type]
        return self.rows[memory.id]


@dataclass
class Judge:
    """Answers a pair of texts by ``answer``, which may raise; writes the rule that ``written`` makes of the request."""

    answer: Callable[[str, str], str]
    written: Callable[[ChatRequest], str] | None = None
    name: str = "judge"
    asked: list[tuple[str, str]] = field(default_factory=list)
    requests: list[ChatRequest] = field(default_factory=list)

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        if request.role is Role.MERGER:
            left, _, right = request.case_id.partition("+")
            self.asked.append((left, right))
            return ChatReply(self.answer(left, right), self.name, usage=Usage(calls=1))
        if self.written is None:
            raise ReplyUnusable("this judge writes no rules")
        return ChatReply(self.written(request), self.name, usage=Usage(calls=1))

    async def aclose(self) -> None:
        """Nothing to give back."""


def honest(left: str, right: str) -> str:
    return json.dumps({"same": rule_of(left) == rule_of(right), "reason": "the plan"})


def _vectors(wordings: Sequence[tuple[int, int]]) -> F32:
    mean = calibration_for(EMBEDDER).text_mean
    rows = np.zeros((len(wordings), DIMENSION), np.float32)
    for row, (rule, wording) in enumerate(wordings):
        shared = np.random.default_rng([1, rule]).standard_normal(DIMENSION, np.float32)
        own = np.random.default_rng([2, rule, wording]).standard_normal(DIMENSION, np.float32)
        rows[row] = _unit(_unit(RULE * _unit(shared) + WORDING * _unit(own)) + mean)
    return rows


def _unit(vector: F32) -> F32:
    unit: F32 = vector / np.linalg.norm(vector)
    return unit


def _spelled(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] + "oua"[int(digit) % 3] for digit in str(number))
