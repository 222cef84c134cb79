"""Which cluster is which memory: ids stay with the members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from vilomem_core.ids import content_id
from vilomem_core.types import Memory, Stream


def assign_ids(clusters: Sequence[Sequence[str]], memories: Sequence[Memory], stream: Stream) -> dict[str, tuple[str, ...]]:
    """Memory id to member ids. A cluster takes over the memory that it shares most members with; a new one is named by its first.

    Members are candidate ids, sorted. Ties go to the older memory id, so the result does not depend on any order.
    """
    owner = {member: memory.id for memory in memories for member in memory.member_ids}
    claims = []
    for place, members in enumerate(clusters):
        for memory_id, shared in Counter(owner[member] for member in members if member in owner).items():
            claims.append((-shared, memory_id, place))
    taken: dict[str, int] = {}
    named: dict[int, str] = {}
    for _, memory_id, place in sorted(claims):
        if memory_id not in taken and place not in named:
            taken[memory_id], named[place] = place, memory_id
    known = {memory.id for memory in memories}
    result = {}
    for place, members in enumerate(clusters):
        ordered = tuple(sorted(members))
        result[named.get(place) or _new_id(stream, ordered, known)] = ordered
    return result


def successor(memory: Memory, owners: Mapping[str, str]) -> str:
    """The memory that now holds most of a vanished memory's members; empty when they are nowhere."""
    counts = Counter(owners[member] for member in memory.member_ids if member in owners)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""


def _new_id(stream: Stream, members: Sequence[str], known: set[str]) -> str:
    """A name from the first member whose name is free: a member that once founded a memory may have moved on."""
    for member in members:
        name = content_id("mem", str(stream), member)
        if name not in known:
            return name
    return content_id("mem", str(stream), *members)
