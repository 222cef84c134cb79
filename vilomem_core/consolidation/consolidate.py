"""From the log to memories: cluster, name, abstract, count outcomes, retire.

Memories are a view of the log. New guidelines touch the memories that they come near to; those are clustered again from their
members' own texts, whatever the order in which they came, and all others keep their rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vilomem_core.calibration import Calibration, calibration_for
from vilomem_core.consolidation.derivation import Derivation, Means
from vilomem_core.consolidation.forgetting import frozen, retire, with_record
from vilomem_core.consolidation.frozen import set_apart
from vilomem_core.consolidation.identity import last_heir
from vilomem_core.consolidation.judge import PairJudge
from vilomem_core.consolidation.log import GuidelineLog, check_log
from vilomem_core.consolidation.record import controls_on_record, recorded_votes
from vilomem_core.consolidation.region import Region, homes, lonely, reached, whole_stream
from vilomem_core.consolidation.regroup import regroup
from vilomem_core.consolidation.result import Consolidation
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.usage import RecallOutcome
from vilomem_core.consolidation.wordings import distinct_wordings
from vilomem_core.errors import StoreError
from vilomem_core.protocols import ChatModel, TextEmbedder
from vilomem_core.types import Judgement, Memory, MemoryState, Stream


async def consolidate(
    log: GuidelineLog,
    memories: Sequence[Memory],
    judgements: Sequence[Judgement],
    outcomes: Sequence[RecallOutcome],
    *,
    embedder: TextEmbedder,
    merger: ChatModel | None,
    settings: ConsolidationSettings,
    consolidation_id: str,
    rebuild: bool = False,
) -> Consolidation:
    """Derive the memories of both streams from the log; ``memories`` are all rows of the last time, in every state.

    ``outcomes`` are all that were ever recorded: counting starts anew each time. With ``rebuild`` everything is clustered and every
    rule is written again. Nothing is written here. Raises ``StoreError`` or ``DataError`` for rows that cannot be used.
    """
    _check(log, memories, embedder.dimension)
    now = max((outcome.round for outcome in outcomes), default=0)
    work = Derivation(Means(log, embedder, merger, settings.judge_concurrency, now), consolidation_id, rebuild)
    calibration = calibration_for(embedder) if len(log) else None
    for stream in Stream:
        before = [memory for memory in memories if memory.stream is stream]
        if calibration is None:
            work.keep(before)
        else:
            await _derive(work, stream, before, calibration, judgements, settings)
    _count_outcomes(work, outcomes, settings, now)
    return work.result(memories)


async def _derive(
    work: Derivation,
    stream: Stream,
    before: Sequence[Memory],
    calibration: Calibration,
    judgements: Sequence[Judgement],
    settings: ConsolidationSettings,
) -> None:
    log = work.means.log
    wordings = distinct_wordings(log, stream, calibration)
    living = [memory for memory in before if memory.state is not MemoryState.MERGED]
    fixed = {memory.id for memory in living if frozen(memory, settings)}
    home = homes(wordings, log.ids, living)
    said = [judgement for judgement in judgements if judgement.stream is stream]
    votes = recorded_votes(wordings, log, said)
    merger = work.means.merger if settings.max_judge_calls else None
    judge = PairJudge(merger, stream, settings.judge_concurrency) if merger is not None else None
    if judge is not None:
        judge.controls += controls_on_record(wordings, log, said, judge.name)
    if work.rebuild:
        region = whole_stream(home, living)
    else:
        doubtful = [wording for wording in lonely(wordings, home) if not votes.of(wording)] if judge is not None else []
        region = reached(wordings, home, living, doubtful, settings)
    regrouped = await regroup(wordings, region, log, votes, judge, settings)
    regrouped = replace(regrouped, groups=set_apart(regrouped.groups, home, living, region.memories, fixed))
    work.add(regrouped, fixed)
    work.keep([memory for memory in before if memory.state is MemoryState.MERGED])
    work.join(_others(living, region), wordings, region)
    await work.derive(stream, wordings, regrouped, region.memories, {memory.id for memory in before})


def _others(living: Sequence[Memory], region: Region) -> list[Memory]:
    inside = {memory.id for memory in region.memories}
    return [memory for memory in living if memory.id not in inside]


def _count_outcomes(work: Derivation, outcomes: Sequence[RecallOutcome], settings: ConsolidationSettings, now: int) -> None:
    """Records anew from all outcomes, then retirement. What a merged memory did counts for the one that took it in."""
    heirs = {row.id: row.merged_into for row in work.rows.values() if row.state is MemoryState.MERGED}
    grouped: dict[str, list[RecallOutcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(last_heir(outcome.memory_id, heirs), []).append(outcome)
    for name, row in work.rows.items():
        if row.state is not MemoryState.MERGED:
            work.rows[name] = with_record(row, grouped.get(name, ()))
    for change in retire(list(work.rows.values()), settings, now):
        work.rows[change.memory.id] = change.memory
        work.event(change.memory, change.kind, change.reason)


def _check(log: GuidelineLog, memories: Sequence[Memory], dimension: int) -> None:
    if len(log):
        check_log(log, dimension)
    odd = next((memory for memory in memories if memory.rule_vector.shape != (dimension,)), None)
    if odd is not None:
        raise StoreError(
            f"Memory {odd.id} has a vector of shape {odd.rule_vector.shape}, the text embedder gives {dimension} numbers a text.",
            "It was made with another embedder: run vilomem reembed.",
        )
