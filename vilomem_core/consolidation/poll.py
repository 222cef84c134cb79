"""The questions of one consolidation: what was said before, what may still be asked, and whether the judge can be believed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from vilomem_core.consolidation.judge import PairJudge, Stated
from vilomem_core.consolidation.votes import Votes
from vilomem_core.types import F32

CONTROLS = (
    5  # pairs that cannot be the same, asked first; an honest judge that errs 10 % fails three of five once in a hundred times
)
CONTROLS_FAILED = 3
LEAST_FAILED = 2  # where there are fewer such pairs; one wrong answer proves nothing
UNRELATED = 0.0  # calibrated similarity at which two wordings cannot be the same rule


class Poll:
    """Puts questions to a judge within a budget, and keeps the votes; without a judge only recorded votes count.

    ``controls`` are pairs that cannot be the same: a judge has to say so before its first question.
    """

    def __init__(
        self,
        judge: PairJudge | None,
        stated: Sequence[Stated],
        votes: Votes,
        budget: int,
        controls: Sequence[tuple[Stated, Stated]] = (),
    ) -> None:
        self.votes = votes
        self.asked = 0
        self.disbelieved = False
        self._controls = controls
        self._controlled = False
        self._judge = judge
        self._stated = stated
        self._budget = budget
        self._unanswered: set[tuple[int, int]] = set()

    def question(
        self, left: Collection[int], right: Collection[int], vectors: F32, *, nearest: bool = True
    ) -> tuple[int, int] | None:
        """The most (or least) similar pair between two clusters that nobody was asked about; None: there is none, or nobody to ask."""
        if self._judge is None or self._judge.down or self.disbelieved or self.asked >= self._budget:
            return None
        rows, columns = list(left), list(right)
        inner = vectors[rows] @ vectors[columns].T
        for place in np.argsort(-inner if nearest else inner, axis=None, kind="stable"):
            one, other = rows[place // len(columns)], columns[place % len(columns)]
            pair = (min(one, other), max(one, other))
            if not self.votes.has(*pair) and pair not in self._unanswered:
                return pair
        return None

    async def put(self, questions: Sequence[tuple[int, int]]) -> bool:
        """Asks what the budget allows, at the same time. True if anything was asked."""
        if self._judge is None or not questions:
            return False
        if not self._controlled:
            self._controlled = True
            self.disbelieved = not await self._believable(self._judge)
        pairs = list(dict.fromkeys(questions))[: max(0, self._budget - self.asked)]
        if self.disbelieved or not pairs:
            return False
        self.asked += len(pairs)
        answers = await self._judge.judge([(self._stated[left], self._stated[right]) for left, right in pairs])
        for pair, answer in zip(pairs, answers, strict=True):
            if answer is None:
                self._unanswered.add(pair)
            else:
                self.votes.add(*pair, answer)
        return True

    async def _believable(self, judge: PairJudge) -> bool:
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
