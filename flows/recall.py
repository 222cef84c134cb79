"""Recall for one question from the command line, without any orchestrator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage.banks import open_bank
from storage.snapshots import list_snapshots
from storage.store import Store
from tasks.build_models import build_embedders
from vilomem_core.images import read_image
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.service import OpenSnapshot
from vilomem_core.settings.tree import Settings
from vilomem_core.types import Analysis, RecallHit, SnapshotRecord


def recall_question(
    settings: Settings, question: str, images: Sequence[Path], subject: str, concepts: str, snapshot: str
) -> tuple[RecallHit, ...]:
    """The memories of a snapshot that fit a question and its pictures; a question that taught one finds it too.

    Raises ``UserError`` for what cannot be read.
    """
    pictures = [read_image(path, settings.reader.image_limits) for path in images]
    names = tuple(name.strip() for name in concepts.split(",") if name.strip())
    analysis = Analysis(subject, names) if subject or names else None
    with Store.open(Path(settings.store), read_only=True) as store:
        bank = open_bank(store, snapshot)
    embedders = build_embedders(settings)
    memory = OpenSnapshot(Recaller(bank, settings.recall), embedders.text, embedders.image)
    return memory.recall(question, images=pictures, analysis=analysis)


def snapshots_of(settings: Settings) -> tuple[list[SnapshotRecord], str]:
    """All snapshots, oldest first, and the id of the latest released one (empty if there is none)."""
    with Store.open(Path(settings.store), read_only=True) as store:
        latest = store.latest_snapshot()
        return list_snapshots(store), latest.id if latest else ""
