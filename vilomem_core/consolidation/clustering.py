"""Which wordings state the same rule: with a judge that can be trusted, else by similarity and recorded verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vilomem_core.consolidation.affected import UNASSIGNED, Affected
from vilomem_core.consolidation.judge_session import JudgedGuideline, JudgeSession, PairJudge, Votes, unrelated_pairs
from vilomem_core.consolidation.judged_clustering import judged_groups
from vilomem_core.consolidation.linkage import I64, agglomerate, neighbour_pairs
from vilomem_core.consolidation.log import GuidelineLog, Wordings, signatures
from vilomem_core.consolidation.opposites import split_opposites, stance
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import Judgement, Usage

NEIGHBOURS = 32  # a vector: a cluster needs a path of neighbours, not all its pairs
LEXICAL_ROOM = 0.2  # that shared words may add to a pair's similarity


@dataclass(frozen=True, slots=True)
class Clustering:
    """``groups`` of wording numbers; ``note`` says what was wrong with the judge, if anything was."""

    groups: list[list[int]]
    judgements: tuple[Judgement, ...] = ()
    usage: Usage = Usage()
    note: str = ""


async def cluster_affected(
    wordings: Wordings,
    affected: Affected,
    log: GuidelineLog,
    recorded: Votes,
    judge: PairJudge | None,
    settings: ConsolidationSettings,
) -> Clustering:
    """The groups of ``affected.chosen``. ``recorded`` votes are by wording number; only ``affected.open_rows`` are asked about."""
    if not affected.chosen:
        return Clustering([])
    if judge is None:
        clustering = Clustering(await _by_similarity(wordings, affected, recorded, settings))
    else:
        clustering = await _by_judge(wordings, affected, log, recorded, judge, settings)
    return replace(clustering, groups=_with_followers(clustering.groups, affected))


async def _by_judge(
    wordings: Wordings, affected: Affected, log: GuidelineLog, recorded: Votes, judge: PairJudge, settings: ConsolidationSettings
) -> Clustering:
    """The groups by the judge's answers; without them, and with a note, when the judge cannot be trusted."""
    guidelines = [_judged_guideline(wordings, log, wording) for wording in affected.chosen]
    controls = [
        (_judged_guideline(wordings, log, left), _judged_guideline(wordings, log, right))
        for left, right in unrelated_pairs(wordings.fused, recorded)
    ]
    budget = settings.max_judge_calls * len(affected.open_rows)
    session = JudgeSession(judge, guidelines, _local_votes(recorded, affected), budget, controls)
    new = set(affected.open_rows)
    opened = {place for place, wording in enumerate(affected.chosen) if wording in new}
    groups = await judged_groups(_present_groups(affected, opened), signatures(wordings, affected.chosen), opened, session)
    if not session.untrusted:
        note = f"undetermined: {judge.failure}" if judge.failure else ""
        return Clustering(_wording_numbers(groups, affected), tuple(judge.judgements), judge.usage, note)
    if affected.anew:
        groups = await _by_similarity(wordings, affected, recorded, settings)
    else:
        groups = _wording_numbers(_present_groups(affected, set()), affected)
    return Clustering(groups, (), judge.usage, f"{judge.name} calls unrelated guidelines the same and was not trusted")


async def _by_similarity(
    wordings: Wordings, affected: Affected, recorded: Votes, settings: ConsolidationSettings
) -> list[list[int]]:
    """The groups by similarity and recorded votes."""
    votes = _local_votes(recorded, affected)
    forbidden = [(affected.chosen[left], affected.chosen[right]) for left, right, same in votes.pairs() if not same]
    groups = cluster(wordings, affected.chosen, forbidden, settings)
    if not any(same for _, _, same in votes.pairs()):
        return groups
    place = {wording: index for index, wording in enumerate(affected.chosen)}
    local = [[place[wording] for wording in group] for group in groups]
    session = JudgeSession(None, (), votes, 0)
    joined = await judged_groups(local, signatures(wordings, affected.chosen), range(len(place)), session)
    return _wording_numbers(joined, affected)


def _with_followers(groups: list[list[int]], affected: Affected) -> list[list[int]]:
    """Wordings of large memories that were not clustered again go where most of their memory's others went."""
    group_of = {wording: number for number, group in enumerate(groups) for wording in group}
    sampled: dict[int, list[int]] = {}
    for wording, owner in zip(affected.chosen, affected.owners, strict=True):
        if owner != UNASSIGNED and affected.followers[owner]:
            sampled.setdefault(owner, []).append(group_of[wording])
    grown = [list(group) for group in groups]
    for owner, where in sampled.items():
        most = Counter(where)
        grown[min(most, key=lambda number: (-most[number], number))] += affected.followers[owner]
    return [sorted(group) for group in grown]


def _present_groups(affected: Affected, opened: set[int]) -> list[list[int]]:
    """The clusters as they are: memories that were made before, and each ``opened`` place alone."""
    groups: dict[int, list[int]] = {}
    for place, owner in enumerate(affected.owners):
        if place not in opened:
            groups.setdefault(owner, []).append(place)
    return [*groups.values(), *([place] for place in sorted(opened))]


def _wording_numbers(groups: list[list[int]], affected: Affected) -> list[list[int]]:
    """Places in ``affected.chosen`` as wording numbers."""
    return [[affected.chosen[place] for place in group] for group in groups]


def _local_votes(recorded: Votes, affected: Affected) -> Votes:
    """The votes among the affected wordings, under their places in ``affected.chosen``."""
    place = {wording: index for index, wording in enumerate(affected.chosen)}
    votes = Votes()
    for left, right, same in recorded.pairs():
        if left in place and right in place:
            votes.add(place[left], place[right], same)
    return votes


def _judged_guideline(wordings: Wordings, log: GuidelineLog, wording: int) -> JudgedGuideline:
    return JudgedGuideline(min(log.ids[row] for row in wordings.rows[wording]), wordings.texts[wording])


def cluster(
    wordings: Wordings, chosen: Sequence[int], forbidden: Sequence[tuple[int, int]], settings: ConsolidationSettings
) -> list[list[int]]:
    """Groups of ``chosen`` (numbers of wordings), each sorted; ``forbidden`` pairs end in different groups.

    The result is a function of the set of wordings: their order plays no part.
    """
    rows = sorted(chosen)
    vectors = signatures(wordings, rows)
    place = {row: index for index, row in enumerate(rows)}
    apart = [(place[left], place[right]) for left, right in forbidden if left in place and right in place]
    pairs = neighbour_pairs(wordings.fused[np.asarray(rows, np.int64)], NEIGHBOURS, settings.link - LEXICAL_ROOM)
    labels = agglomerate(vectors, pairs, _columns(apart), settings.link, settings.cohesion)
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
    known = stance([wordings.texts[row] for row in rows], [wordings.concepts[row] for row in rows], vectors)
    pieces = (piece for group in groups for piece in split_opposites(group.tolist(), known, settings.link, settings.cohesion))
    return [sorted(rows[member] for member in piece) for piece in pieces]


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[I64, I64]:
    columns = np.asarray(pairs, np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]
