"""Which wordings state the same rule: with a judge that can be trusted, else by similarity and recorded verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vilomem_core.consolidation.affected import Affected
from vilomem_core.consolidation.judge_session import JudgeSession, PairJudge, Statement, Votes, unrelated_pairs
from vilomem_core.consolidation.judged_clustering import judged_groups
from vilomem_core.consolidation.linkage import I64, agglomerate, neighbour_pairs
from vilomem_core.consolidation.log import GuidelineLog, Wordings, signatures
from vilomem_core.consolidation.opposites import split_opposites, stance
from vilomem_core.consolidation.settings import ConsolidationSettings
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
    clustering = await _groups(wordings, affected, log, recorded, judge, settings)
    return replace(clustering, groups=_with_followers(clustering.groups, affected, wordings, log))


async def _groups(
    wordings: Wordings,
    affected: Affected,
    log: GuidelineLog,
    recorded: Votes,
    judge: PairJudge | None,
    settings: ConsolidationSettings,
) -> Clustering:
    place = {wording: index for index, wording in enumerate(affected.chosen)}
    votes = _within(recorded, place)
    if judge is not None:
        judged = await _ask(wordings, affected, log, recorded, judge, settings)
        if judged is not None:
            return judged
        doubt = Clustering([], (), judge.usage, f"{judge.name} calls unrelated guidelines the same and was not trusted")
        if not affected.anew:
            return replace(doubt, groups=_wording_numbers(_present_groups(wordings, affected, log, place, set()), affected))
    else:
        doubt = Clustering([])
    forbidden = [(affected.chosen[left], affected.chosen[right]) for left, right, same in votes.pairs() if not same]
    groups = cluster(wordings, affected.chosen, forbidden, settings)
    if any(same for _, _, same in votes.pairs()):
        vectors = signatures(wordings, affected.chosen)
        local = [[place[wording] for wording in group] for group in groups]
        everyone = range(len(affected.chosen))
        joined = await judged_groups(local, vectors, everyone, JudgeSession(None, (), votes, 0))
        groups = _wording_numbers(joined, affected)
    return Clustering(groups, (), doubt.usage, doubt.note)


def _with_followers(groups: list[list[int]], affected: Affected, wordings: Wordings, log: GuidelineLog) -> list[list[int]]:
    """Wordings of large memories that were not clustered again go where most of their memory's others went."""
    owner = {member: number for number, memory in enumerate(affected.memories) for member in memory.member_ids}
    group_of = {wording: number for number, group in enumerate(groups) for wording in group}
    sampled: dict[int, list[int]] = {}
    for wording in affected.chosen:
        owner_place = next((owner[log.ids[row]] for row in wordings.rows[wording] if log.ids[row] in owner), None)
        if owner_place is not None and affected.followers[owner_place]:
            sampled.setdefault(owner_place, []).append(group_of[wording])
    grown = [list(group) for group in groups]
    for owner_place, where in sampled.items():
        most = Counter(where)
        grown[min(most, key=lambda number: (-most[number], number))] += affected.followers[owner_place]
    return [sorted(group) for group in grown]


async def _ask(
    wordings: Wordings, affected: Affected, log: GuidelineLog, recorded: Votes, judge: PairJudge, settings: ConsolidationSettings
) -> Clustering | None:
    """The groups by the judge's answers; None when the judge cannot be trusted."""
    vectors = signatures(wordings, affected.chosen)
    place = {wording: index for index, wording in enumerate(affected.chosen)}
    votes = _within(recorded, place)
    statements = [_statement(wordings, log, wording) for wording in affected.chosen]
    controls = [
        (_statement(wordings, log, left), _statement(wordings, log, right))
        for left, right in unrelated_pairs(wordings.fused, recorded)
    ]
    session = JudgeSession(judge, statements, votes, settings.max_judge_calls * len(affected.open_rows), controls)
    opened = {place[wording] for wording in affected.open_rows}
    groups = await judged_groups(_present_groups(wordings, affected, log, place, opened), vectors, opened, session)
    if session.untrusted:
        return None
    note = f"undetermined: {judge.failure}" if judge.failure else ""
    return Clustering(_wording_numbers(groups, affected), tuple(judge.judgements), judge.usage, note)


def _statement(wordings: Wordings, log: GuidelineLog, wording: int) -> Statement:
    return Statement(min(log.ids[row] for row in wordings.rows[wording]), wordings.texts[wording])


def _present_groups(
    wordings: Wordings, affected: Affected, log: GuidelineLog, place: dict[int, int], opened: set[int]
) -> list[list[int]]:
    """The clusters as they stand: memories that were made before, and each open wording alone."""
    owner = {member: number for number, memory in enumerate(affected.memories) for member in memory.member_ids}
    groups: dict[int, list[int]] = {}
    for wording, row in place.items():
        if row not in opened:
            owner_place = next(owner[log.ids[member]] for member in wordings.rows[wording] if log.ids[member] in owner)
            groups.setdefault(owner_place, []).append(row)
    return [*groups.values(), *([row] for row in sorted(opened))]


def _wording_numbers(groups: list[list[int]], affected: Affected) -> list[list[int]]:
    """Places in ``affected.chosen`` as wording numbers."""
    return [[affected.chosen[row] for row in group] for group in groups]


def _within(recorded: Votes, place: dict[int, int]) -> Votes:
    """The votes among some wordings, under their places."""
    votes = Votes()
    for left, right, same in recorded.pairs():
        if left in place and right in place:
            votes.add(place[left], place[right], same)
    return votes


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
