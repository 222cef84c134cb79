"""Changes by hand: each is an event with its reason, and can be undone."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from storage.reembed import reembed
from storage.schema import is_store, read_descriptor
from storage.store import Store
from tasks.build_models import build_embedders
from vilomem_core.errors import StoreError
from vilomem_core.ids import content_id
from vilomem_core.settings.tree import Settings
from vilomem_core.types import Memory, MemoryEvent, MemoryState

# What a hand retires or restores it also pins: else the next consolidation may undo it, on the same record or a new guideline.
_CHANGES: dict[str, dict[str, Any]] = {
    "pinned": {"pinned": True},
    "unpinned": {"pinned": False},
    "retired": {"state": MemoryState.RETIRED, "pinned": True},
    "restored": {"state": MemoryState.ACTIVE, "pinned": True},
}


def must_exist(settings: Settings) -> None:
    """Raises ``StoreError`` where a session would make a new store."""
    if not is_store(Path(settings.store)):
        read_descriptor(Path(settings.store))  # says what is wrong


def new_consolidation_id() -> str:
    """A consolidation by hand belongs to no run, so its id is drawn."""
    return f"cons_{uuid.uuid4().hex[:24]}"


def change_by_hand(settings: Settings, memory_id: str, kind: str, reason: str) -> Memory:
    """Pin, unpin, retire or restore one memory. Raises ``StoreError`` for an id that is not there or merged away."""
    with Store.open(Path(settings.store)) as store:
        found = [memory for memory in store.memories(tuple(MemoryState)) if memory.id == memory_id]
        if not found:
            raise StoreError(f"no memory {memory_id} in {settings.store}.", '`vilomem sql "select * from v_memories"` lists them.')
        if found[0].state is MemoryState.MERGED:
            raise StoreError(f"{memory_id} was merged into {found[0].merged_into}.", "Change that one.")
        changed = replace(found[0], **_CHANGES[kind])
        moment = new_consolidation_id()
        event = MemoryEvent(content_id("event", memory_id, kind, moment), memory_id, changed.stream, kind, reason, moment)
        store.write_consolidation([changed], [], [event])
        return changed


def reembed_store(settings: Settings, out: Path) -> None:
    """A new store at ``out`` with the rows of ``settings.store`` and vectors of the embedders that the settings name."""
    embedders = build_embedders(settings)
    with Store.open(Path(settings.store), read_only=True) as store:
        reembed(store, out, embedders.text, embedders.image)
