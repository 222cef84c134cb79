"""Clustering by a judge who may err.

Similarity proposes, the judge decides. Clusters that are each other's most similar open question are asked about, pair by pair
of their members, until the votes decide; votes stay with the members, so a merged cluster inherits what was said of its parts.
One wrong answer must not merge two rules: single wordings need two votes, clusters four, as far as there are pairs to
ask. Afterwards each wording is checked against its own cluster and, where it stands alone or is outvoted, against its
neighbours.

Numbers were chosen by simulation on three labelled streams with answers flipped at random: with 10 % wrong answers pairwise F1 0.98
on average and 0.92 at worst (16 runs each) at 3 to 4 questions a wording, without errors 1.00 at 2.6 to 3.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from vilomem_core.consolidation.judge_session import ASKABLE, JudgeSession, Votes
from vilomem_core.consolidation.linkage import neighbour_pairs
from vilomem_core.types import F32

NEIGHBOURS = 12  # a wording: its rule is among them even in topics of several rules
PLAUSIBLE = ASKABLE  # calibrated similarity below which nobody is asked: an always-yes judge cannot merge what is unrelated
UNLIKELY = 0.6  # similarity below which one no against a single wording is enough
VOTE_WORTH = 0.3  # of a vote in similarity, for the order of questions
VOTES_FOR_ONE = 2  # net votes that join a single wording to a cluster
VOTES_FOR_CLUSTERS = 4  # net votes that join two clusters: a wrong merge costs far more than a missed one
ENOUGH = 7  # answers between two clusters after which the majority decides
AT_MOST = 9  # answers between two clusters, with those of the second look
CHECKS = 4  # answers that a wording has to have from its own cluster
ALTERNATIVES = 3  # neighbouring clusters that a doubtful wording is tried on
TRIES = 6  # answers that such a cluster may give at most
CLEARLY = 3  # net answers that settle the likeliest alternative, and the second look at two clusters; 2 settle the others
LIKELY = 0.5  # similarity that decides between as many yes as no; 0.3 to 0.7 do about as well
ROUNDS = 3  # of checking; the simulations were settled after two


async def judged_groups(
    groups: Sequence[Sequence[int]], vectors: F32, new_rows: Collection[int], session: JudgeSession
) -> list[list[int]]:
    """The groups after the judge's answers. New rows come first; what is left of the budget goes to checking all.

    ``groups`` hold row numbers of ``vectors`` (f32[n, dim], calibrated); every row is in one of them.
    """
    clusters = Clusters(groups, vectors)
    await _grow(clusters, set(new_rows), session)
    rows = range(len(vectors))
    for _ in range(ROUNDS):
        await _check_own_clusters(clusters, rows, session)
        await _try_alternatives(clusters, rows, session)
        moved = _move(clusters, rows, session.votes)
        if moved:
            await _grow(clusters, set(rows), session)
        if not await _look_again(clusters, session) and not moved:
            break
    return clusters.groups()


def decide(clusters: Clusters, votes: Votes, left: int, right: int) -> bool | None:
    """Do two clusters belong together? None while more has to be asked."""
    one, other = clusters.members[left], clusters.members[right]
    yes, no = votes.between(one, other)
    asked, possible, lesser = yes + no, len(one) * len(other), min(len(one), len(other))
    net = yes - no
    if net >= min(VOTES_FOR_ONE if lesser == 1 else VOTES_FOR_CLUSTERS, possible):
        return True
    if asked == possible:
        return net > 0 or (net == 0 and clusters.similarity(left, right) >= LIKELY)
    if net <= -2 or (net == -1 and lesser == 1 and clusters.similarity(left, right) < UNLIKELY):
        return False
    return net > 1 if asked >= ENOUGH else None


async def _grow(clusters: Clusters, concerned: set[int], session: JudgeSession) -> None:
    """Merges what the votes join, and asks about the most similar open questions, until none is left."""
    while True:
        merges, questions = [], []
        for left, right, verdict in _mutual(clusters, concerned, session.votes):
            if verdict:
                merges.append((left, right))
                continue
            question = session.question(clusters.members[left], clusters.members[right], clusters.vectors)
            if question is not None:
                questions.append(question)
        for left, right in merges:
            clusters.merge(left, right)
        if not merges and not await session.ask(questions):
            return


def _mutual(clusters: Clusters, concerned: set[int], votes: Votes) -> list[tuple[int, int, bool | None]]:
    """Pairs of clusters that are each other's best among those that are not decided against."""
    ranked = []
    for left, right in _adjacent(clusters, concerned):
        similarity = clusters.similarity(left, right)
        verdict = decide(clusters, votes, left, right) if similarity >= PLAUSIBLE else False
        if verdict is not False:
            yes, no = votes.between(clusters.members[left], clusters.members[right])
            ranked.append((-(similarity + VOTE_WORTH * (yes - no)), left, right, verdict))
    best: dict[int, int] = {}
    for _, left, right, _ in sorted(ranked, key=lambda entry: entry[:3]):
        best.setdefault(left, right)
        best.setdefault(right, left)
    return [(left, right, verdict) for _, left, right, verdict in ranked if best[left] == right and best[right] == left]


def _adjacent(clusters: Clusters, concerned: set[int]) -> list[tuple[int, int]]:
    """Pairs of clusters that neighbouring rows connect and that hold a row concerned, each once, in a fixed order."""
    involved = {clusters.cluster_of[row] for row in concerned}
    pairs = set()
    for row, near in enumerate(clusters.neighbours):
        own = clusters.cluster_of[row]
        for other in near:
            theirs = clusters.cluster_of[other]
            if theirs != own and (own in involved or theirs in involved):
                pairs.add((min(own, theirs), max(own, theirs)))
    return sorted(pairs)


async def _look_again(clusters: Clusters, session: JudgeSession) -> bool:
    """Asks once more about clusters that are nearest to each other: two wrong answers may split a rule. True if any merged."""
    merged = False
    while True:
        joined: set[int] = set()
        questions = []
        for left, right in _nearest(clusters):
            one, other = clusters.members[left], clusters.members[right]
            yes, no = session.votes.between(one, other)
            if yes >= no and decide(clusters, session.votes, left, right):
                clusters.merge(left, right)
                joined |= {left, right}
            elif no - yes < CLEARLY and yes + no < AT_MOST:
                question = session.question(one, other, clusters.vectors)
                questions += [question] if question is not None else []
        merged |= bool(joined)
        if not joined and not await session.ask(questions):
            return merged


def _nearest(clusters: Clusters) -> list[tuple[int, int]]:
    """Pairs of plausible clusters that are each other's nearest, whatever was said of them; every cluster is in one at most."""
    adjacent = _adjacent(clusters, set(range(len(clusters.neighbours))))
    ranked = sorted((-clusters.similarity(left, right), left, right) for left, right in adjacent)
    best: dict[int, int] = {}
    for _, left, right in ranked:
        best.setdefault(left, right)
        best.setdefault(right, left)
    plausible = ((left, right) for closeness, left, right in ranked if -closeness >= PLAUSIBLE)
    return [(left, right) for left, right in plausible if best[left] == right and best[right] == left]


async def _check_own_clusters(clusters: Clusters, rows: Sequence[int], session: JudgeSession) -> None:
    """Asks about each row and members of its own cluster until enough was said, the least similar first.

    Two rules in one cluster would vouch for their own wordings, were the most similar asked.
    """
    while True:
        questions = []
        for row in rows:
            others = [other for other in clusters.members[clusters.cluster_of[row]] if other != row]
            yes, no = session.votes.between([row], others)
            settled = yes + no >= min(CHECKS, len(others)) and abs(yes - no) >= min(2, len(others))
            question = None if settled or yes + no > CHECKS else session.question([row], others, clusters.vectors, nearest=False)
            if question is not None:
                questions.append(question)
        if not await session.ask(questions):
            return


async def _try_alternatives(clusters: Clusters, rows: Sequence[int], session: JudgeSession) -> None:
    """Asks about each doubtful row and the clusters near it."""
    while True:
        questions = []
        for row in rows:
            for rank, name in enumerate(_alternatives(clusters, row, session.votes)):
                members = clusters.members[name]
                yes, no = session.votes.between([row], members)
                if yes + no < min(TRIES, len(members)) and abs(no - yes) < (2 if rank else CLEARLY):
                    question = session.question([row], members, clusters.vectors)
                    if question is not None:
                        questions.append(question)
                        break
        if not await session.ask(questions):
            return


def _alternatives(clusters: Clusters, row: int, votes: Votes) -> list[int]:
    """The plausible clusters near a row that is alone, in a pair, or outvoted in its own; none for a settled row."""
    own = clusters.cluster_of[row]
    others = [other for other in clusters.members[own] if other != row]
    yes, no = votes.between([row], others)
    if len(others) > 1 and yes > no:
        return []
    near = sorted({clusters.cluster_of[other] for other in clusters.neighbours[row]} - {own})
    ranked = sorted((-clusters.to_cluster(row, name), name) for name in near)
    return [name for closeness, name in ranked[:ALTERNATIVES] if -closeness >= PLAUSIBLE]


def _move(clusters: Clusters, rows: Sequence[int], votes: Votes) -> bool:
    """Moves outvoted rows to where they are wanted, or out. True if any moved."""
    moved = False
    for row in rows:
        own = clusters.cluster_of[row]
        others = [other for other in clusters.members[own] if other != row]
        yes, no = votes.between([row], others)
        best, target = float(yes - no), own
        for name in _alternatives(clusters, row, votes):
            wanted, unwanted = votes.between([row], clusters.members[name])
            tie_break = 0.5 if wanted and not others and clusters.to_cluster(row, name) >= LIKELY else 0.0
            if wanted - unwanted + tie_break > best:
                best, target = wanted - unwanted + tie_break, name
        if target != own:
            clusters.move(row, target)
            moved = True
        elif best < 0:
            clusters.move(row, None)
            moved = True
    return moved


def _neighbours(vectors: F32) -> list[list[int]]:
    """The plausible nearest rows of each row."""
    near: list[list[int]] = [[] for _ in vectors]
    for left, right in zip(*(column.tolist() for column in neighbour_pairs(vectors, NEIGHBOURS, PLAUSIBLE)), strict=True):
        near[left].append(right)
        near[right].append(left)
    return near


class Clusters:
    """Rows of ``vectors`` (f32[n, dim]) in clusters that are named by numbers; ``neighbours`` are each row's plausible nearest rows."""

    def __init__(self, groups: Iterable[Sequence[int]], vectors: F32) -> None:
        self.vectors = vectors
        self.neighbours = _neighbours(vectors)
        self.members: dict[int, list[int]] = {name: list(group) for name, group in enumerate(groups)}
        self.cluster_of: dict[int, int] = {row: name for name, group in self.members.items() for row in group}
        self._sums = {name: vectors[group].sum(axis=0) for name, group in self.members.items()}
        self._next = len(self.members)

    def similarity(self, left: int, right: int) -> float:
        """Mean similarity of two clusters."""
        return float(self._sums[left] @ self._sums[right]) / (len(self.members[left]) * len(self.members[right]))

    def to_cluster(self, row: int, name: int) -> float:
        """Mean similarity of a row and a cluster that it does not belong to."""
        return float(self.vectors[row] @ self._sums[name]) / len(self.members[name])

    def merge(self, winner: int, loser: int) -> None:
        gone = self.members.pop(loser)
        self.members[winner] += gone
        self._sums[winner] = self._sums[winner] + self._sums.pop(loser)
        self.cluster_of.update(dict.fromkeys(gone, winner))

    def move(self, row: int, target: int | None) -> None:
        """Moves the row to the cluster ``target``, or to one of its own."""
        old = self.cluster_of[row]
        self.members[old].remove(row)
        self._sums[old] = self._sums[old] - self.vectors[row]
        if not self.members[old]:
            del self.members[old], self._sums[old]
        if target is None:
            target, self._next = self._next, self._next + 1
            self.members[target], self._sums[target] = [], np.zeros_like(self.vectors[row])
        self.members[target].append(row)
        self._sums[target] = self._sums[target] + self.vectors[row]
        self.cluster_of[row] = target

    def groups(self) -> list[list[int]]:
        """The clusters, each sorted, in the order of their first rows."""
        return sorted(sorted(group) for group in self.members.values())
