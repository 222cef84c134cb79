"""What one job holds open from its first flow to its last: settings, store, engine, budgets, and a stop request."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from storage.allocator import share_arenas
from storage.store import Store
from tasks.budgets import Budgets
from tasks.build_models import build_embedders
from tasks.engine import Engine, InlineEngine
from vilomem_core.learning.plan import Embedders
from vilomem_core.settings.tree import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM)


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

    A signal or a budget requests a ``stop``: no case is started any more, what is staged is committed, and the job can be resumed.
    """

    __slots__ = ("_engine", "budgets", "embedders", "progress", "settings", "stop_reason", "stop_requested", "store")

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        """Opens the store for writing, or makes it. Raises ``UserError``: another writer, another embedder, a missing extra."""
        share_arenas()
        self.settings = settings
        self.embedders: Embedders = build_embedders(settings)
        self.store = Store.open_or_create(
            Path(settings.store),
            text_embedder=self.embedders.text.fingerprint,
            text_dim=self.embedders.text.dimension,
            image_embedder=self.embedders.image.fingerprint,
            image_dim=self.embedders.image.dimension,
        )
        self.stop_requested = threading.Event()
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
                from tasks.dispatch import RayEngine

                self._engine = RayEngine(self.settings)
            else:
                self._engine = InlineEngine(self.settings)
        return self._engine

    def stop(self, reason: str) -> None:
        """Finish what is under way and start nothing new. The first reason is kept, for the message at the end."""
        self.stop_reason = self.stop_reason or reason
        self.stop_requested.set()

    def close(self) -> None:
        try:
            if self._engine is not None:
                self._engine.close()
        finally:
            self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


@contextmanager
def stop_on_signals(session: Session) -> Iterator[None]:
    """While this lasts, SIGTERM or Ctrl-C stops the session, and a second one interrupts at once.

    Ray and Prefect put in handlers of their own, which end the process: a flow that runs long puts these on top. Does nothing in
    other threads than the main one, because only that gets signals.
    """

    def handle(_number: int, _frame: object) -> None:
        if session.stop_requested.is_set():
            raise KeyboardInterrupt
        session.stop("the run was interrupted.")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
