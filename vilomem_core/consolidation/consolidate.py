"""The entrance: from the log to memories. Cluster, name, abstract, count outcomes, retire.

Memories are a view of the log. New guidelines touch the memories that they come near to; those are clustered again from their
members' own texts, whatever the order in which they came, and all others keep their rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vilomem_core.consolidation.affected import affected_by, assignments, singletons, whole_stream
from vilomem_core.consolidation.calibration import EmbedderCalibration, calibration_for
from vilomem_core.consolidation.clustering import cluster_affected
from vilomem_core.consolidation.derivation import Consolidation, Derivation, final_successor
from vilomem_core.consolidation.forgetting import RecallOutcome, keep_retired_whole, retire, retired_for_good, with_record
from vilomem_core.consolidation.judge_session import PairJudge, controls_on_record, recorded_votes
from vilomem_core.consolidation.log import GuidelineLog, check_log, distinct_wordings
from vilomem_core.errors import StoreError
from vilomem_core.protocols import ChatModel, TextEmbedder
from vilomem_core.settings.method import ConsolidationSettings
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
    derivation = Derivation(log, embedder, merger, settings, consolidation_id=consolidation_id, rebuild=rebuild, now=now)
    calibration = calibration_for(embedder) if len(log) else None
    for stream in Stream:
        before = [memory for memory in memories if memory.stream is stream]
        if calibration is None:
            derivation.keep(before)
        else:
            await _derive(derivation, stream, before, calibration, judgements)
    _count_outcomes(derivation, outcomes)
    return derivation.result(memories)


async def _derive(
    derivation: Derivation,
    stream: Stream,
    before: Sequence[Memory],
    calibration: EmbedderCalibration,
    judgements: Sequence[Judgement],
) -> None:
    """One stream: what is affected is clustered again and becomes memories, all else stays as it is."""
    log, settings = derivation.log, derivation.settings
    wordings = distinct_wordings(log, stream, calibration)
    living = [memory for memory in before if memory.state is not MemoryState.MERGED]
    assigned = assignments(wordings, log.ids, living)
    said = [judgement for judgement in judgements if judgement.stream is stream]
    votes = recorded_votes(wordings, log, said)
    judge = _judge(derivation, stream)
    if judge is not None:
        judge.controls += controls_on_record(wordings, log, said, judge.name)
    if derivation.rebuild:
        affected = whole_stream(assigned, living)
    else:
        doubtful = [wording for wording in singletons(wordings, assigned) if not votes.of(wording)] if judge is not None else []
        affected = affected_by(wordings, assigned, living, doubtful, settings)
    clustering = await cluster_affected(wordings, affected, log, votes, judge, settings)
    for_good = {memory.id for memory in living if retired_for_good(memory, settings)}
    clustering = replace(clustering, groups=keep_retired_whole(clustering.groups, assigned, living, affected.memories, for_good))
    derivation.add(clustering, for_good)
    derivation.keep([memory for memory in before if memory.state is MemoryState.MERGED])
    inside = {memory.id for memory in affected.memories}
    derivation.extend([memory for memory in living if memory.id not in inside], wordings, affected)
    await derivation.derive(stream, wordings, clustering, affected.memories, {memory.id for memory in before})


def _judge(derivation: Derivation, stream: Stream) -> PairJudge | None:
    """The merger as a judge of pairs, if there is one and it may be asked."""
    if derivation.merger is None or not derivation.settings.max_judge_calls:
        return None
    return PairJudge(derivation.merger, stream, derivation.settings.judge_concurrency)


def _count_outcomes(derivation: Derivation, outcomes: Sequence[RecallOutcome]) -> None:
    """Records anew from all outcomes, then retirement. What a merged memory did counts for the one that took it in."""
    successors = {row.id: row.merged_into for row in derivation.rows.values() if row.state is MemoryState.MERGED}
    grouped: dict[str, list[RecallOutcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(final_successor(outcome.memory_id, successors), []).append(outcome)
    for name, row in derivation.rows.items():
        if row.state is not MemoryState.MERGED:
            derivation.rows[name] = with_record(row, grouped.get(name, ()))
    for change in retire(list(derivation.rows.values()), derivation.settings, derivation.now):
        derivation.rows[change.memory.id] = change.memory
        derivation.event(change.memory, change.kind, change.reason)


def _check(log: GuidelineLog, memories: Sequence[Memory], dimension: int) -> None:
    if len(log):
        check_log(log, dimension)
    odd = next((memory for memory in memories if memory.rule_vector.shape != (dimension,)), None)
    if odd is not None:
        raise StoreError(
            f"Memory {odd.id} has a vector of shape {odd.rule_vector.shape}, the text embedder gives {dimension} numbers a text.",
            "It was made with another embedder: run vilomem reembed.",
        )
