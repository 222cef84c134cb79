"""Clusters of a region: with a judge where there is one that can be believed, else by similarity and recorded verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from vilomem_core.consolidation.clustering import cluster
from vilomem_core.consolidation.judge import PairJudge, Stated
from vilomem_core.consolidation.judged import judged_groups
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.consolidation.poll import Poll, unrelated_pairs
from vilomem_core.consolidation.region import Region
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.votes import Votes
from vilomem_core.consolidation.wordings import Wordings, signatures
from vilomem_core.types import Judgement, Usage


@dataclass(frozen=True, slots=True)
class Regrouped:
    """``groups`` of wording numbers; ``note`` says what was wrong with the judge, if anything was."""

    groups: list[list[int]]
    judgements: tuple[Judgement, ...] = ()
    usage: Usage = Usage()
    note: str = ""


async def regroup(
    wordings: Wordings, region: Region, log: GuidelineLog, recorded: Votes, judge: PairJudge | None, settings: ConsolidationSettings
) -> Regrouped:
    """The groups of ``region.chosen``. ``recorded`` votes are by wording number; only ``region.open_rows`` are asked about."""
    if not region.chosen:
        return Regrouped([])
    regrouped = await _groups(wordings, region, log, recorded, judge, settings)
    return replace(regrouped, groups=_with_followers(regrouped.groups, region, wordings, log))


async def _groups(
    wordings: Wordings, region: Region, log: GuidelineLog, recorded: Votes, judge: PairJudge | None, settings: ConsolidationSettings
) -> Regrouped:
    place = {wording: index for index, wording in enumerate(region.chosen)}
    votes = _within(recorded, place)
    if judge is not None:
        judged = await _ask(wordings, region, log, recorded, judge, settings)
        if judged is not None:
            return judged
        doubt = Regrouped([], (), judge.usage, f"{judge.name} calls unrelated guidelines the same and was not believed")
        if not region.anew:
            return replace(doubt, groups=_named(_standing(wordings, region, log, place, set()), region))
    else:
        doubt = Regrouped([])
    forbidden = [(region.chosen[left], region.chosen[right]) for left, right, same in votes.pairs() if not same]
    groups = cluster(wordings, region.chosen, forbidden, settings)
    if any(same for _, _, same in votes.pairs()):
        vectors = signatures(wordings, region.chosen)
        local = [[place[wording] for wording in group] for group in groups]
        everyone = range(len(region.chosen))
        joined = await judged_groups(local, vectors, everyone, Poll(None, (), votes, 0))
        groups = _named(joined, region)
    return Regrouped(groups, (), doubt.usage, doubt.note)


def _with_followers(groups: list[list[int]], region: Region, wordings: Wordings, log: GuidelineLog) -> list[list[int]]:
    """Wordings of large memories that were not clustered again go where most of their memory's others went."""
    owner = {member: number for number, memory in enumerate(region.memories) for member in memory.member_ids}
    group_of = {wording: number for number, group in enumerate(groups) for wording in group}
    shown: dict[int, list[int]] = {}
    for wording in region.chosen:
        home = next((owner[log.ids[row]] for row in wordings.rows[wording] if log.ids[row] in owner), None)
        if home is not None and region.followers[home]:
            shown.setdefault(home, []).append(group_of[wording])
    grown = [list(group) for group in groups]
    for home, where in shown.items():
        most = Counter(where)
        grown[min(most, key=lambda number: (-most[number], number))] += region.followers[home]
    return [sorted(group) for group in grown]


async def _ask(
    wordings: Wordings, region: Region, log: GuidelineLog, recorded: Votes, judge: PairJudge, settings: ConsolidationSettings
) -> Regrouped | None:
    """The groups by the judge's answers; None when the judge cannot be believed."""
    vectors = signatures(wordings, region.chosen)
    place = {wording: index for index, wording in enumerate(region.chosen)}
    votes = _within(recorded, place)
    stated = [_stated(wordings, log, wording) for wording in region.chosen]
    controls = [
        (_stated(wordings, log, left), _stated(wordings, log, right)) for left, right in unrelated_pairs(wordings.fused, recorded)
    ]
    poll = Poll(judge, stated, votes, settings.max_judge_calls * len(region.open_rows), controls)
    opened = {place[wording] for wording in region.open_rows}
    groups = await judged_groups(_standing(wordings, region, log, place, opened), vectors, opened, poll)
    if poll.disbelieved:
        return None
    note = f"undetermined: {judge.failure}" if judge.failure else ""
    return Regrouped(_named(groups, region), tuple(judge.judgements), judge.usage, note)


def _stated(wordings: Wordings, log: GuidelineLog, wording: int) -> Stated:
    return Stated(min(log.ids[row] for row in wordings.rows[wording]), wordings.texts[wording])


def _standing(wordings: Wordings, region: Region, log: GuidelineLog, place: dict[int, int], opened: set[int]) -> list[list[int]]:
    """The clusters as they stand: memories that were made before, and each open wording alone."""
    owner = {member: number for number, memory in enumerate(region.memories) for member in memory.member_ids}
    groups: dict[int, list[int]] = {}
    for wording, row in place.items():
        if row not in opened:
            home = next(owner[log.ids[member]] for member in wordings.rows[wording] if log.ids[member] in owner)
            groups.setdefault(home, []).append(row)
    return [*groups.values(), *([row] for row in sorted(opened))]


def _named(groups: list[list[int]], region: Region) -> list[list[int]]:
    """Places in the region as wording numbers."""
    return [[region.chosen[row] for row in group] for group in groups]


def _within(recorded: Votes, place: dict[int, int]) -> Votes:
    """The votes among some wordings, under their places."""
    votes = Votes()
    for left, right, same in recorded.pairs():
        if left in place and right in place:
            votes.add(place[left], place[right], same)
    return votes
