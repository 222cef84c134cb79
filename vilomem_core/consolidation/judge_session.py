"""A judge model is asked whether two guidelines state the same rule: questions, control questions, votes and a budget.

A judge that is down, or whose reply holds no verdict, has said nothing: the pair stays unjudged and nothing is merged on its word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vilomem_core.consolidation.log import GuidelineLog, Wordings
from vilomem_core.errors import ModelError, ModelUnavailable, ReplyUnusable
from vilomem_core.json_reply import parse_object
from vilomem_core.prompts import fence, fill, template
from vilomem_core.protocols import ChatModel, ChatRequest, Message, Sampling
from vilomem_core.types import F32, Judgement, Role, Stream, Usage

OUTAGES = 5  # requests in a row without any reply, after which the judge counts as down for this consolidation
UNUSABLE = 20  # replies in a row without a verdict, after which the same holds: with half of them unusable, a one-in-a-million run
REASON_CHARS = 300
JUDGE_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"same": {"type": "boolean"}, "reason": {"type": "string", "maxLength": REASON_CHARS}},
    "required": ["same", "reason"],
    "additionalProperties": False,
}

CONTROLS = 5  # pairs that cannot be the same, asked first
CONTROLS_FAILED = 3  # of them; a judge that errs 10 % fails three of five once in a hundred times
LEAST_FAILED = 2  # where there are fewer such pairs; one wrong answer proves nothing
ASKABLE = 0.25  # calibrated similarity from which a judge is asked at all
UNRELATED = 0.0  # calibrated similarity at which two wordings cannot be the same rule


@dataclass(frozen=True, slots=True)
class JudgedGuideline:
    """A guideline and the candidate that stands for it."""

    candidate_id: str
    text: str


class PairJudge:
    """A model as a judge of pairs, with what it said, what it cost and what went wrong.

    ``controls`` are its earlier answers about pairs that cannot be the same.
    """

    def __init__(self, model: ChatModel, stream: Stream, concurrency: int) -> None:
        self.controls: list[bool] = []
        self.judgements: list[Judgement] = []
        self.usage = Usage()
        self.failure = ""
        self._model = model
        self._stream = stream
        self._gate = asyncio.Semaphore(concurrency)
        self._outages = 0
        self._unusable = 0

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def down(self) -> bool:
        return self._outages >= OUTAGES or self._unusable >= UNUSABLE

    async def judge(self, pairs: Sequence[tuple[JudgedGuideline, JudgedGuideline]]) -> list[bool | None]:
        """Same, not the same, or None where nobody could tell, pair by pair. Records what was said."""
        return list(await asyncio.gather(*(self._one(left, right) for left, right in pairs)))

    async def _one(self, left: JudgedGuideline, right: JudgedGuideline) -> bool | None:
        if left.candidate_id > right.candidate_id:
            left, right = right, left
        async with self._gate:
            if self.down:
                return None
            try:
                reply = await self._model.complete(merge_request(left, right))
                self.usage += reply.usage
                self._outages = 0
                same, reason = parse_merge(reply.text)
            except ModelUnavailable as exc:
                self._outages += 1
                self.failure = exc.message
                return None
            except ModelError as exc:
                self._unusable += 1
                self.failure = exc.message
                return None
            except TimeoutError:
                self._outages += 1
                self.failure = "the judge timed out"
                return None
        self._unusable = 0
        self.judgements.append(Judgement(self._stream, left.candidate_id, right.candidate_id, same, self.name, reason))
        return same


def merge_request(left: JudgedGuideline, right: JudgedGuideline) -> ChatRequest:
    """One question to the judge; ``case_id`` names the two candidates, so that replies can be recorded."""
    task = fill("merge_judge", {"left": fence(left.text), "right": fence(right.text)})
    messages = (Message("system", (template("system"),)), Message("user", (task,)))
    case_id = f"{left.candidate_id}+{right.candidate_id}"
    return ChatRequest(Role.MERGER, case_id, messages, Sampling(max_tokens=256, seed=0), JUDGE_SCHEMA)


def parse_merge(text: str) -> tuple[bool, str]:
    """Reads ``{"same": …, "reason": …}``. Raises ``ReplyUnusable`` without a clear true or false."""
    fields = parse_object(text)
    same = fields.get("same")
    if isinstance(same, str):
        same = {"true": True, "yes": True, "false": False, "no": False}.get(same.strip().casefold())
    if not isinstance(same, bool):
        raise ReplyUnusable("the judge's reply has neither true nor false in same")
    reason = fields.get("reason")
    return same, " ".join(reason.split())[:REASON_CHARS] if isinstance(reason, str) else ""


class JudgeSession:
    """Puts questions to a judge within a budget, and keeps the votes; without a judge only recorded votes count.

    ``controls`` are pairs that cannot be the same: a judge has to say so before its first question, else it is ``untrusted``.
    """

    def __init__(
        self,
        judge: PairJudge | None,
        guidelines: Sequence[JudgedGuideline],
        votes: Votes,
        budget: int,
        controls: Sequence[tuple[JudgedGuideline, JudgedGuideline]] = (),
    ) -> None:
        self.votes = votes
        self.asked = 0
        self.untrusted = False
        self._controls = controls
        self._controlled = False
        self._judge = judge
        self._guidelines = guidelines
        self._budget = budget
        self._unanswered: set[tuple[int, int]] = set()

    def question(
        self, left: Collection[int], right: Collection[int], vectors: F32, *, nearest: bool = True
    ) -> tuple[int, int] | None:
        """The most (or least) similar pair between two clusters that nobody was asked about; None: there is none, or nobody to ask."""
        if self._judge is None or self._judge.down or self.untrusted or self.asked >= self._budget:
            return None
        rows, columns = list(left), list(right)
        inner = vectors[rows] @ vectors[columns].T
        for place in np.argsort(-inner if nearest else inner, axis=None, kind="stable"):
            one, other = rows[place // len(columns)], columns[place % len(columns)]
            pair = (min(one, other), max(one, other))
            if not self.votes.has(*pair) and pair not in self._unanswered:
                return pair
        return None

    async def ask(self, questions: Sequence[tuple[int, int]]) -> bool:
        """Asks what the budget allows, at the same time. True if anything was asked."""
        if self._judge is None or not questions:
            return False
        if not self._controlled:
            self._controlled = True
            self.untrusted = not await self._trustworthy(self._judge)
        pairs = list(dict.fromkeys(questions))[: max(0, self._budget - self.asked)]
        if self.untrusted or not pairs:
            return False
        self.asked += len(pairs)
        answers = await self._judge.judge([(self._guidelines[left], self._guidelines[right]) for left, right in pairs])
        for pair, answer in zip(pairs, answers, strict=True):
            if answer is None:
                self._unanswered.add(pair)
            else:
                self.votes.add(*pair, answer)
        return True

    async def _trustworthy(self, judge: PairJudge) -> bool:
        """Asks about pairs that cannot be the same, unless enough such answers are on record. False when it says yes to them."""
        said = list(judge.controls)
        wanted = self._controls[: max(0, CONTROLS - len(said))]
        self.asked += len(wanted)
        said += [answer for answer in await judge.judge(wanted) if answer is not None]
        return sum(said) < max(LEAST_FAILED, CONTROLS_FAILED * len(said) / CONTROLS)


def unrelated_pairs(vectors: F32, votes: Votes) -> list[tuple[int, int]]:
    """Up to ``CONTROLS`` pairs of the least similarity (f32[n, dim], calibrated) that nobody was asked about, spread over the rows."""
    pairs: list[tuple[int, int]] = []
    for row in np.linspace(0, len(vectors) - 1, min(CONTROLS, len(vectors)), dtype=np.int64).tolist():
        inner = vectors @ vectors[row]
        other = int(inner.argmin())
        pair = (min(row, other), max(row, other))
        if inner[other] <= UNRELATED and pair not in pairs and not votes.has(*pair):
            pairs.append(pair)
    return pairs


class Votes:
    """Same (True) or not (False) for each pair that was judged; a pair is judged once."""

    def __init__(self) -> None:
        self._said: dict[int, dict[int, bool]] = {}

    def add(self, left: int, right: int, same: bool) -> None:
        self._said.setdefault(left, {})[right] = same
        self._said.setdefault(right, {})[left] = same

    def has(self, left: int, right: int) -> bool:
        return right in self._said.get(left, ())

    def of(self, one: int) -> bool:
        """Whether ``one`` was ever judged."""
        return bool(self._said.get(one))

    def between(self, left: Collection[int], right: Collection[int]) -> tuple[int, int]:
        """How many pairs between two clusters were called the same, and how many not."""
        if len(left) > len(right):
            left, right = right, left
        inside = set(right)
        yes = no = 0
        for one in left:
            for other, same in self._said.get(one, {}).items():
                if other in inside:
                    yes, no = yes + same, no + (not same)
        return yes, no

    def pairs(self) -> Iterator[tuple[int, int, bool]]:
        """Every judged pair once, the lower number first."""
        for one, said in self._said.items():
            yield from ((one, other, same) for other, same in said.items() if one < other)


def recorded_votes(wordings: Wordings, log: GuidelineLog, judgements: Sequence[Judgement]) -> Votes:
    """Votes by wording number; the last word on a pair of wordings counts."""
    votes = Votes()
    for left, right, judgement in _numbered(wordings, log, judgements):
        votes.add(left, right, judgement.same)
    return votes


def controls_on_record(wordings: Wordings, log: GuidelineLog, judgements: Sequence[Judgement], judge: str) -> list[bool]:
    """What the judge of this name said of pairs that cannot be the same."""
    own = [judgement for judgement in judgements if judgement.judge == judge]
    return [
        judgement.same
        for left, right, judgement in _numbered(wordings, log, own)
        if float(wordings.fused[left] @ wordings.fused[right]) <= UNRELATED
    ]


def _numbered(wordings: Wordings, log: GuidelineLog, judgements: Sequence[Judgement]) -> list[tuple[int, int, Judgement]]:
    """The judgements on two different wordings that are in the log, with the wordings' numbers."""
    if not judgements:
        return []
    number = {log.ids[row]: wording for wording, rows in enumerate(wordings.rows) for row in rows}
    found = ((number.get(judgement.left), number.get(judgement.right), judgement) for judgement in judgements)
    return [
        (left, right, judgement) for left, right, judgement in found if left is not None and right is not None and left != right
    ]
