"""What was learned, for programs: a store or an exported bundle opened for recall, a store opened for reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vilomem_core.backends.build import build_image_embedder, build_text_embedder
from vilomem_core.errors import StoreError
from vilomem_core.recall.bundle import MANIFEST
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.service import OpenSnapshot, open_recaller
from vilomem_core.settings.load import as_settings
from vilomem_core.settings.tree import Settings

if TYPE_CHECKING:
    from storage.store import Store


def open_memory(
    path: str | Path,
    snapshot: str = "latest",
    *,
    settings: Settings | Mapping[str, Any] | str | Path | None = None,
) -> OpenSnapshot:
    """A snapshot of the store at ``path``, or the bundle at ``path``, ready for recall; nothing there is written or locked.

    ``settings`` says with which embedders questions are embedded (``embedders``), where ``openai:…`` ones answer (``endpoint``) and
    how recall chooses (``recall``). A bundle holds one snapshot: ``latest``, or its id.

    Raises ``StoreError`` for a path, a snapshot or a bundle that cannot be opened, or was made with other embedders.
    """
    resolved = as_settings(settings)
    recaller = (
        _open_bundle(path, snapshot, resolved) if (Path(path) / MANIFEST).is_file() else _open_stored(path, snapshot, resolved)
    )
    text = build_text_embedder(resolved.embedders.text, resolved.endpoint)
    return OpenSnapshot(recaller, text, build_image_embedder(resolved.embedders.image))


def _open_bundle(path: str | Path, snapshot: str, settings: Settings) -> Recaller:
    recaller = open_recaller(path, settings.recall)
    held = recaller.bank.snapshot_id
    if snapshot not in ("latest", held):
        raise StoreError(f"the bundle {path} holds the snapshot {held}, not {snapshot!r}.", "Open a store, or another bundle.")
    return recaller


def _open_stored(path: str | Path, snapshot: str, settings: Settings) -> Recaller:
    from storage.snapshots import open_snapshot

    if not str(path):
        raise StoreError("no path of a store or bundle was given.", "Give the folder of a store or an exported bundle.")
    return open_snapshot(path, snapshot, settings.recall)


def open_store(path: str | Path) -> Store:
    """The store at ``path``, read-only: ``with vilomem.open_store("store") as store: store.memories()``. Raises ``StoreError``."""
    from storage.store import Store

    return Store.open(Path(path), read_only=True)
