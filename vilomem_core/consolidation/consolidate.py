"""From the log to memories: cluster, name, abstract, count outcomes, retire.

Memories are a view of the log: clusters are a function of the set of candidates, whatever the order of their arrival, so a rebuild
gives the same memories. A memory whose members did not change keeps its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vilomem_core.calibration import calibration_for
from vilomem_core.consolidation.abstraction import Rule, abstract_rule, central_order
from vilomem_core.consolidation.clustering import cluster
from vilomem_core.consolidation.forgetting import Change, by_memory, retire, with_record
from vilomem_core.consolidation.identity import assign_ids, successor
from vilomem_core.consolidation.log import GuidelineLog, check_log
from vilomem_core.consolidation.result import Consolidation
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.consolidation.usage import RecallOutcome
from vilomem_core.consolidation.wordings import Wordings, distinct_wordings
from vilomem_core.ids import content_id
from vilomem_core.protocols import ChatModel, TextEmbedder
from vilomem_core.types import Judgement, Memory, MemoryEvent, MemoryState, Stream, Usage


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

    With ``rebuild`` every rule is written again. Raises ``StoreError`` or ``DataError`` for a log that cannot be used.
    """
    work = _Work(log, embedder, merger, consolidation_id, rebuild)
    if len(log):
        check_log(log, embedder.dimension)
    calibration = calibration_for(embedder)
    for stream in Stream:
        wordings = distinct_wordings(log, stream, calibration)
        forbidden = _forbidden(wordings, log, judgements) if len(wordings.texts) else []
        groups = cluster(wordings, range(len(wordings.texts)), forbidden, settings) if len(wordings.texts) else []
        await work.derive(stream, wordings, groups, [memory for memory in memories if memory.stream is stream])
    work.count_outcomes(outcomes, settings)
    return work.result(memories)


class _Work:
    """One consolidation under way: the rows as they will be, and the events that say why."""

    def __init__(
        self, log: GuidelineLog, embedder: TextEmbedder, merger: ChatModel | None, consolidation_id: str, rebuild: bool
    ) -> None:
        self._log = log
        self._embedder = embedder
        self._merger = merger
        self._id = consolidation_id
        self._rebuild = rebuild
        self._rows: dict[str, Memory] = {}
        self._events: list[MemoryEvent] = []
        self._usage = Usage()

    async def derive(self, stream: Stream, wordings: Wordings, groups: Sequence[Sequence[int]], before: Sequence[Memory]) -> None:
        """The memories of one stream: who is who, which are new or grew, which are gone."""
        ids = self._log.ids
        clusters = [[ids[row] for wording in group for row in wordings.rows[wording]] for group in groups]
        named = assign_ids(clusters, [memory for memory in before if memory.state is not MemoryState.MERGED], stream)
        group_of = {min(members): group for members, group in zip(clusters, groups, strict=True)}
        known = {memory.id: memory for memory in before}
        for name, members in sorted(named.items()):
            await self._memory(stream, name, members, wordings, group_of[members[0]], known.get(name))
        owners = {member: name for name, members in named.items() for member in members}
        for memory in before:
            if memory.id not in named:
                self._vanished(memory, successor(memory, owners))

    async def _memory(
        self, stream: Stream, name: str, members: tuple[str, ...], wordings: Wordings, group: Sequence[int], before: Memory | None
    ) -> None:
        if before is not None and before.member_ids == members and not self._rebuild:
            self._rows[name] = before
            return
        order = [group[place] for place in central_order(wordings.fused[list(group)])]
        rule = await abstract_rule(name, [wordings.texts[place] for place in order], self._merger)
        self._usage += rule.usage
        made = self._row(stream, name, members, rule, wordings.rows[order[0]][0], before)
        self._rows[name] = made
        kind, reason = _growth(before, members)
        if rule.reason:
            reason += f"; {rule.reason}"
        if before is None or before.member_ids != members:
            self._event(made, kind, reason)
        elif before.rule != made.rule:
            self._event(made, "rewritten", "the rule was written again")

    def _row(self, stream: Stream, name: str, members: tuple[str, ...], rule: Rule, row: int, before: Memory | None) -> Memory:
        own = rule.origin == "member"
        vector = self._log.guideline_vectors[row] if own else self._embedder.embed([rule.text])[0]
        made = Memory(
            id=name,
            stream=stream,
            rule=rule.text,
            subject=self._log.subjects[row],
            key_concepts=self._log.key_concepts[row],
            member_ids=members,
            rule_origin=rule.origin,
            rule_vector=vector,
        )
        if before is None:
            return made
        kept = {field: getattr(before, field) for field in ("state", "pinned", "helped", "harmed", "recalled", "last_used_round")}
        return replace(made, **kept)

    def _vanished(self, memory: Memory, heir: str) -> None:
        if memory.state is MemoryState.MERGED and memory.merged_into:
            self._rows[memory.id] = memory
            return
        self._rows[memory.id] = replace(memory, state=MemoryState.MERGED, merged_into=heir)
        self._event(memory, "merged", f"its members belong to {heir}" if heir else "its members left the log")

    def count_outcomes(self, outcomes: Sequence[RecallOutcome], settings: ConsolidationSettings) -> None:
        """Records anew from all outcomes, then retirement."""
        grouped = by_memory(outcomes)
        self._rows = {name: with_record(row, grouped.get(name, ())) for name, row in self._rows.items()}
        now = max((outcome.round for outcome in outcomes), default=0)
        for change in retire(list(self._rows.values()), settings, now):
            self._apply(change)

    def _apply(self, change: Change) -> None:
        self._rows[change.memory.id] = change.memory
        self._event(change.memory, change.kind, change.reason)

    def _event(self, memory: Memory, kind: str, reason: str) -> None:
        name = content_id("event", memory.id, kind, self._id)
        self._events.append(MemoryEvent(name, memory.id, memory.stream, kind, reason, self._id))

    def result(self, before: Sequence[Memory]) -> Consolidation:
        known = {memory.id: memory for memory in before}
        changed = tuple(row for name, row in sorted(self._rows.items()) if not _same(known.get(name), row))
        written = {row.id for row in changed}
        unchanged = tuple(name for name in sorted(self._rows) if name not in written)
        return Consolidation(changed, unchanged, (), tuple(self._events), self._usage)


def _forbidden(wordings: Wordings, log: GuidelineLog, judgements: Sequence[Judgement]) -> list[tuple[int, int]]:
    """Pairs of wordings that a judge has told apart."""
    wording = {log.ids[row]: place for place, rows in enumerate(wordings.rows) for row in rows}
    pairs = [(judgement.left, judgement.right) for judgement in judgements if not judgement.same]
    return [(wording[left], wording[right]) for left, right in pairs if left in wording and right in wording]


def _growth(before: Memory | None, members: Sequence[str]) -> tuple[str, str]:
    """The kind of event and its reason for a cluster that is new or has other members than before."""
    if before is None:
        return "created", f"{len(members)} guidelines state it"
    gone, new = set(before.member_ids) - set(members), set(members) - set(before.member_ids)
    if gone:
        return "split", f"{len(gone)} guidelines left and {len(new)} came"
    return "grown", f"{len(new)} guidelines came"


def _same(before: Memory | None, after: Memory) -> bool:
    """Whether two rows are equal; vectors follow from the rules and are not compared."""
    if before is None:
        return False
    return before is after or replace(before, rule_vector=after.rule_vector) == after
