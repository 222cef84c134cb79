"""What a consolidation found: the rows that change, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from vilomem_core.types import Judgement, Memory, MemoryEvent, Usage


@dataclass(frozen=True, slots=True)
class Consolidation:
    """``changed`` are whole rows to write; the memories of ``unchanged_ids`` stay as they are, byte for byte."""

    # left out of the repr: asyncio.run makes one of its task's result, and of thousands of vectors it takes minutes
    changed: tuple[Memory, ...] = field(repr=False)
    unchanged_ids: tuple[str, ...] = field(repr=False)
    judgements: tuple[Judgement, ...] = field(repr=False)
    events: tuple[MemoryEvent, ...] = field(repr=False)
    usage: Usage = Usage()
