"""Clusters into memory rows: which memory each cluster is, what grew, what is gone, and the events that say why."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from vilomem_core.consolidation.abstraction import Rule, abstract_rule, central_order
from vilomem_core.consolidation.affected import Affected
from vilomem_core.consolidation.clustering import Clustering
from vilomem_core.consolidation.log import GuidelineLog, Wordings
from vilomem_core.ids import content_id
from vilomem_core.protocols import ChatModel, TextEmbedder
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import Judgement, Memory, MemoryEvent, MemoryState, Stream, Usage


@dataclass(frozen=True, slots=True)
class Consolidation:
    """``changed`` are whole rows to write; the memories of ``unchanged_ids`` stay as they are, byte for byte."""

    # left out of the repr: asyncio.run makes one of its task's result, and of thousands of vectors it takes minutes
    changed: tuple[Memory, ...] = field(repr=False)
    unchanged_ids: tuple[str, ...] = field(repr=False)
    judgements: tuple[Judgement, ...] = field(repr=False)
    events: tuple[MemoryEvent, ...] = field(repr=False)
    usage: Usage = Usage()


class Derivation:
    """One consolidation under way: ``rows`` are the memories as they will be; ``now`` is the number of the latest round."""

    def __init__(
        self,
        log: GuidelineLog,
        embedder: TextEmbedder,
        merger: ChatModel | None,
        settings: ConsolidationSettings,
        *,
        consolidation_id: str,
        rebuild: bool,
        now: int,
    ) -> None:
        self.log = log
        self.merger = merger
        self.settings = settings
        self.rebuild = rebuild
        self.now = now
        self.rows: dict[str, Memory] = {}
        self._embedder = embedder
        self._id = consolidation_id
        self._events: list[MemoryEvent] = []
        self._judgements: list[Judgement] = []
        self._usage = Usage()
        self._retired_for_good: set[str] = set()
        self._gate = asyncio.Semaphore(settings.judge_concurrency)

    def add(self, clustering: Clustering, retired_for_good: Collection[str]) -> None:
        """Takes over what the judge said and cost, and which memories stay retired whatever comes."""
        self._judgements += clustering.judgements
        self._usage += clustering.usage
        self._retired_for_good |= set(retired_for_good)

    def keep(self, memories: Sequence[Memory]) -> None:
        """Rows that stay as they are."""
        self.rows.update((memory.id, memory) for memory in memories)

    def extend(self, memories: Sequence[Memory], wordings: Wordings, affected: Affected) -> None:
        """Memories that are not affected: new guidelines in the very words of a member join it, all else stays."""
        ids = self.log.ids
        owner = {member: memory.id for memory in memories for member in memory.member_ids}
        new: dict[str, list[str]] = {}
        inside = set(affected.chosen)
        for wording, rows in enumerate(wordings.rows):
            if wording in inside:
                continue
            known = next((owner[ids[row]] for row in rows if ids[row] in owner), None)
            if known is not None:
                new.setdefault(known, []).extend(ids[row] for row in rows if ids[row] not in owner)
        for memory in memories:
            self.rows[memory.id] = memory
            if new.get(memory.id):
                members = tuple(sorted((*memory.member_ids, *new[memory.id])))
                self._grew(
                    replace(memory, member_ids=members), memory, f"{len(new[memory.id])} guidelines say it in the same words"
                )

    async def derive(
        self, stream: Stream, wordings: Wordings, clustering: Clustering, before: Sequence[Memory], known: Collection[str]
    ) -> None:
        """The memories of the groups, and what became of the memories that their members had ``before``."""
        ids = self.log.ids
        clusters = [[ids[row] for wording in group for row in wordings.rows[wording]] for group in clustering.groups]
        named = assign_ids(clusters, before, known, stream)
        group_of = {min(members): group for members, group in zip(clusters, clustering.groups, strict=True)}
        old = {memory.id: memory for memory in before}
        await asyncio.gather(
            *(
                self._memory(stream, name, members, wordings, group_of[members[0]], old.get(name), clustering.note)
                for name, members in sorted(named.items())
            )
        )
        owners = {member: name for name, members in named.items() for member in members}
        for memory in before:
            if memory.id not in named:
                next_owner = successor(memory, owners)
                self.rows[memory.id] = replace(memory, state=MemoryState.MERGED, merged_into=next_owner)
                self.event(memory, "merged", f"its members belong to {next_owner}" if next_owner else "its members left the log")

    async def _memory(
        self,
        stream: Stream,
        name: str,
        members: tuple[str, ...],
        wordings: Wordings,
        group: Sequence[int],
        before: Memory | None,
        note: str,
    ) -> None:
        if before is not None and before.member_ids == members and not self.rebuild:
            self.rows[name] = before
            return
        order = [group[place] for place in central_order(wordings.fused[np.asarray(group)])]
        vectors = self.log.guideline_vectors[[wordings.rows[wording][0] for wording in order]]
        async with self._gate:
            texts = [wordings.texts[wording] for wording in order]
            rule = await abstract_rule(name, texts, vectors, self.merger, self._embedder)
        self._usage += rule.usage
        made = self._row(stream, name, members, rule, wordings.rows[order[0]][0])
        why = "; ".join(filter(None, (rule.reason, note if len(members) == 1 else "")))
        if before is None:
            self.rows[name] = made
            self.event(made, "created", _joined(f"{len(members)} guidelines state it", why))
        else:
            self._update(made, before, why)

    def _row(self, stream: Stream, name: str, members: tuple[str, ...], rule: Rule, row: int) -> Memory:
        log = self.log
        return Memory(
            id=name,
            stream=stream,
            rule=rule.text,
            subject=log.subjects[row],
            key_concepts=log.key_concepts[row],
            member_ids=members,
            rule_origin=rule.origin,
            rule_vector=log.guideline_vectors[row] if rule.vector is None else rule.vector,
            last_used_round=self.now,
        )

    def _update(self, made: Memory, before: Memory, why: str) -> None:
        """Replaces a memory's members and rule; its state and record stay."""
        kept = {field: getattr(before, field) for field in ("state", "pinned", "helped", "harmed", "recalled", "last_used_round")}
        after = replace(made, **kept)
        gone, new = set(before.member_ids) - set(after.member_ids), set(after.member_ids) - set(before.member_ids)
        self.rows[after.id] = after
        if gone:
            self.event(after, "split", _joined(f"{len(gone)} guidelines left and {len(new)} came", why))
        if new:
            self._grew(after, before, _joined(f"{len(new)} guidelines came", why))
        if after.rule != before.rule:
            self.event(after, "rewritten", _joined(f"written from {len(after.member_ids)} guidelines", why))

    def _grew(self, after: Memory, before: Memory, reason: str) -> None:
        """A memory that new guidelines confirm: it is young again, and back if it was not retired for good."""
        after = replace(after, last_used_round=max(after.last_used_round, self.now))
        self.event(after, "grown", reason)
        if before.state is MemoryState.RETIRED and before.id not in self._retired_for_good:
            after = replace(after, state=MemoryState.ACTIVE)
            self.event(after, "restored", "a new guideline states it again")
        self.rows[after.id] = after

    def event(self, memory: Memory, kind: str, reason: str) -> None:
        name = content_id("event", memory.id, kind, self._id)
        self._events.append(MemoryEvent(name, memory.id, memory.stream, kind, reason, self._id))

    def result(self, before: Sequence[Memory]) -> Consolidation:
        """The rows that differ from ``before``, in id order."""
        known = {memory.id: memory for memory in before}
        changed = tuple(row for name, row in sorted(self.rows.items()) if not _same(known.get(name), row))
        written = {row.id for row in changed}
        unchanged = tuple(name for name in sorted(self.rows) if name not in written)
        events = tuple(sorted(self._events, key=lambda event: (event.memory_id, event.kind)))
        return Consolidation(changed, unchanged, tuple(self._judgements), events, self._usage)


def _joined(reason: str, why: str) -> str:
    return f"{reason}; {why}" if why else reason


def _same(before: Memory | None, after: Memory) -> bool:
    """Whether two rows are equal, to the last bit of their vectors."""
    if before is None or before is after:
        return before is after
    return replace(before, rule_vector=after.rule_vector) == after and np.array_equal(before.rule_vector, after.rule_vector)


def assign_ids(
    clusters: Sequence[Sequence[str]], memories: Sequence[Memory], known: Collection[str], stream: Stream
) -> dict[str, tuple[str, ...]]:
    """Memory id to member ids. A cluster takes over the memory that it shares most with; a new one gets a name.

    ``clusters`` hold candidate ids; ``memories`` may be taken over; ``known`` are all ids in use. Ties go to the older memory id, so
    the result does not depend on any order.
    """
    owner = {member: memory.id for memory in memories for member in memory.member_ids}
    claims = []
    for place, members in enumerate(clusters):
        for memory_id, shared in Counter(owner[member] for member in members if member in owner).items():
            claims.append((-shared, memory_id, place))
    taken: set[str] = set()
    named: dict[int, str] = {}
    for _, memory_id, place in sorted(claims):
        if memory_id not in taken and place not in named:
            taken.add(memory_id)
            named[place] = memory_id
    result = {}
    for place, members in enumerate(clusters):
        ordered = tuple(sorted(members))
        result[named.get(place) or _new_id(stream, ordered, known)] = ordered
    return result


def successor(memory: Memory, owners: Mapping[str, str]) -> str:
    """The memory that now holds most of a vanished memory's members; empty when they are nowhere."""
    counts = Counter(owners[member] for member in memory.member_ids if member in owners)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""


def final_successor(memory_id: str, successors: Mapping[str, str]) -> str:
    """Follows ``successors`` (merged memory to its successor) to a memory that was not merged away; empty when there is none."""
    seen = set()
    while memory_id in successors and memory_id not in seen:
        seen.add(memory_id)
        memory_id = successors[memory_id]
    return "" if memory_id in successors else memory_id


def _new_id(stream: Stream, members: Sequence[str], known: Collection[str]) -> str:
    """A name from the first member whose name is free: a member that once founded a memory may have moved on."""
    tries = ([member, *([founding] if founding else [])] for founding in count() for member in members)
    names = (content_id("mem", str(stream), *founder) for founder in tries)
    return next(name for name in names if name not in known)
