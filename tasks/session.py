"""What one job holds open from its first flow to its last: settings, store, engine, and the wish to stop."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from storage.memory import share_arenas
from storage.store import Store
from tasks.budgets import Budgets
from tasks.casting import build_senses
from tasks.engine import Engine, InlineEngine
from vilomem_core.learning.cast import Senses
from vilomem_core.settings.tree import Settings


class Progress(Protocol):
    """Where long work shows how far it is; called from several threads."""

    def start(self, stage: str, total: int | None) -> None:
        """A new stage of ``total`` steps (None: unknown) takes the place of the one before."""
        ...

    def advance(self, steps: int) -> None: ...


class Silent:
    """Progress that nobody watches."""

    def start(self, stage: str, total: int | None) -> None: ...

    def advance(self, steps: int) -> None: ...


class Session:
    """Opened once a job and handed to its flows; a slotted object, so that an orchestrator does not try to store it.

    ``stop`` is set by a signal or a budget: shards end early, what is staged is committed, and the job can be resumed.
    """

    __slots__ = ("_engine", "budgets", "progress", "senses", "settings", "stop", "stop_reason", "store")

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        """Opens the store for writing, or makes it. Raises ``UserError``: another writer, another embedder, a missing extra."""
        share_arenas()
        self.settings = settings
        self.senses: Senses = build_senses(settings)
        self.store = Store.open_or_create(
            Path(settings.store),
            text_embedder=self.senses.text.fingerprint,
            text_dim=self.senses.text.dimension,
            image_embedder=self.senses.image.fingerprint,
            image_dim=self.senses.image.dimension,
        )
        self.stop = threading.Event()
        self.stop_reason = ""
        self.budgets = Budgets(settings)
        self.progress: Progress = progress or Silent()
        self._engine: Engine | None = None

    @property
    def store_name(self) -> str:
        """The store's folder by name, for the names of flow runs."""
        return Path(self.settings.store).absolute().name

    @property
    def engine(self) -> Engine:
        """The engine, built when it is first needed: a job that only reads starts no actors."""
        if self._engine is None:
            if self.settings.engine.kind == "ray":
                from tasks.pool import RayEngine

                self._engine = RayEngine(self.settings)
            else:
                self._engine = InlineEngine(self.settings)
        return self._engine

    def end_early(self, reason: str) -> None:
        """Let what is under way finish, take up nothing new, and keep the reason for the one who asks."""
        self.stop_reason = self.stop_reason or reason
        self.stop.set()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
