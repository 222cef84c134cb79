"""Which cluster is which memory: ids stay with the members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import count

from vilomem_core.ids import content_id
from vilomem_core.types import Memory, Stream


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
