"""What a consolidation found: the rows that change, and why."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.types import Judgement, Memory, MemoryEvent, Usage


@dataclass(frozen=True, slots=True)
class Consolidation:
    """``changed`` are whole rows to write; the memories of ``unchanged_ids`` stay as they are, byte for byte."""

    changed: tuple[Memory, ...]
    unchanged_ids: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    events: tuple[MemoryEvent, ...]
    usage: Usage = Usage()
