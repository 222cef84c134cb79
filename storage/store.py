"""A store: one folder that holds everything a run learned.

store/store.json            format, embedders
store/lance/*.lance         the tables (see storage.schema)
store/staging/<run>/        outcomes that wait for the commit
store/latest                the id of the snapshot that is in use
store/lock                  held by the one process that writes
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from storage import changes, records
from storage.errors import store_errors
from storage.files import TEMPORARY_SUFFIX, path_in, write_atomically
from storage.lock import WriterLock
from storage.schema import (
    FORMAT_VERSION,
    RUNS,
    StoreDescriptor,
    check_same_embedders,
    is_store,
    read_descriptor,
    write_descriptor,
)
from storage.tables import LANCE_FOLDER, Tables
from storage.views import recall_outcomes
from vilomem_core.consolidation.forgetting import RecallOutcome
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.errors import StoreError
from vilomem_core.types import (
    Attempt,
    Candidate,
    Case,
    Failure,
    Judgement,
    Memory,
    MemoryEvent,
    MemoryState,
    Reflection,
    RunRecord,
    SnapshotRecord,
)

STAGING_FOLDER = "staging"
LATEST = "latest"  # the name of the pointer's file, and what users call the snapshot in use
_SHOWN_IDS = 3
_OWN_NAMES = {LANCE_FOLDER, "lock"}  # what a creation that was killed may have left


class Store:
    """An open store. Made by ``create``, ``open`` or ``open_or_create``; a context manager that closes itself.

    Every method may raise StoreError: the disk is full, a file is damaged, or the store was opened read-only and is written to.
    """

    def __init__(self, folder: Path, descriptor: StoreDescriptor, lock: WriterLock | None) -> None:
        self.folder = folder
        self.descriptor = descriptor
        self.tables = Tables(folder, descriptor)
        self._lock = lock

    # ------------------------------------------------------------------------------------------------ opening and closing

    @classmethod
    def create(cls, path: str | Path, text_embedder: str, text_dim: int, image_embedder: str, image_dim: int) -> Store:
        """Make an empty store for vectors of these embedders (their fingerprints) and lengths, open for writing.

        Raises StoreError when ``path`` holds a store or anything else already.
        """
        path = Path(path)
        descriptor = StoreDescriptor(FORMAT_VERSION, text_embedder, text_dim, image_embedder, image_dim)
        with store_errors(path, "creating the store"):
            if is_store(path):
                raise StoreError(f"there is a store at {path} already.", "Open it, or give another folder.")
            if path.exists() and not _is_free(path):
                raise StoreError(f"{path} is not empty and not a store.", "Give a new or empty folder.")
            path.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(path)
        try:
            store = cls(path, descriptor, lock)
            store.tables.create()
            with store_errors(path, "creating the store"):
                write_descriptor(path, descriptor)  # last: without it the folder is no store
        except BaseException:
            lock.release()
            raise
        return store

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False) -> Store:
        """Open a store; for writing unless ``read_only``, which never writes anything and needs no lock.

        Raises StoreError: no such store, another format, damaged, no permission, or another process is writing.
        """
        path = Path(path)
        with store_errors(path, "opening the store"):
            descriptor = read_descriptor(path)
            lock = None if read_only else WriterLock(path)
        store = cls(path, descriptor, lock)
        if lock is not None:
            try:
                changes.finish_changes(store.tables, path)
            except BaseException:
                lock.release()
                raise
        return store

    @classmethod
    def open_or_create(cls, path: str | Path, text_embedder: str, text_dim: int, image_embedder: str, image_dim: int) -> Store:
        """Open the store for writing, or make it. Raises StoreError when it was made with other embedders."""
        path = Path(path)
        with store_errors(path, "opening the store"):
            there = is_store(path)
        if not there:
            return cls.create(path, text_embedder, text_dim, image_embedder, image_dim)
        wanted = StoreDescriptor(FORMAT_VERSION, text_embedder, text_dim, image_embedder, image_dim)
        check_same_embedders(path, read_descriptor(path), wanted)
        return cls.open(path)

    def close(self) -> None:
        """Give back the right to write. May be called twice."""
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def read_only(self) -> bool:
        return self._lock is None

    @contextmanager
    def writing(self) -> Generator[None, None, None]:
        """Held while tables are written: one thread at a time. Raises StoreError on a store that was opened read-only."""
        if self._lock is None:
            raise StoreError(f"the store {self.folder} was opened for reading only.", "Open it for writing.")
        with self._lock.writing:
            yield

    def staging_folder(self, run_id: str) -> Path:
        """Where the workers of a run stage their outcomes. Raises StoreError for an id that cannot name a folder."""
        return path_in(self.folder / STAGING_FOLDER, run_id, "a staging folder")

    # -------------------------------------------------------------------------------------------------------------- cases

    def add_cases(self, batch: Sequence[Case]) -> int:
        """Write the cases that are new, with their images, and say how many they were. A case is known by its ``case_key``."""
        with self.writing():
            return records.add_cases(self.tables, batch)

    def load_cases(self, keys: Sequence[str]) -> list[Case]:
        """The cases of these keys in this order, image bytes included. Raises StoreError for an unknown key."""
        return records.load_cases(self.tables, keys)

    def known_case_keys(self, keys: Iterable[str]) -> set[str]:
        return self.tables["cases"].existing(keys)

    # ----------------------------------------------------------------------------------------------------------- outcomes

    def attempt_ids(self, ids: Iterable[str]) -> set[str]:
        """Those of ``ids`` that were committed, with all that belongs to them."""
        return self.tables["attempts"].existing(ids)

    def attempts(self, ids: Sequence[str]) -> list[Attempt]:
        """The committed ones of these attempts, in this order."""
        return records.attempts(self.tables, ids)

    def reflections(self, attempt_ids: Iterable[str]) -> list[Reflection]:
        return records.reflections(self.tables, attempt_ids)

    def failures(self, attempt_ids: Iterable[str]) -> list[Failure]:
        return records.failures(self.tables, attempt_ids)

    def failed_attempts(self, tries: int) -> set[str]:
        """Ids of attempts with a transient failure and fewer than ``tries`` tries; a later try may have succeeded."""
        return records.failed_attempts(self.tables, tries)

    def candidates(self, ids: Sequence[str]) -> list[Candidate]:
        """The candidates of these ids that exist, in this order."""
        return records.candidates(self.tables["candidates"], ids)

    # ----------------------------------------------------------------------------------------------------- consolidation

    def guideline_log(self) -> GuidelineLog:
        """All accepted candidates, by round and id."""
        return records.guideline_log(self.tables["candidates"])

    def memories(self, states: Collection[MemoryState] = (MemoryState.ACTIVE,)) -> list[Memory]:
        """The memories in one of these states, by id."""
        return records.memories(self.tables["memories"], states)

    def judgements(self) -> list[Judgement]:
        return records.judgements(self.tables)

    def events(self, memory_ids: Iterable[str]) -> list[MemoryEvent]:
        """What happened to these memories."""
        return records.events(self.tables, memory_ids)

    def recall_outcomes(self) -> list[RecallOutcome]:
        """What became of every recall: the verdict with the memory, and the same model's verdict without any memory."""
        return recall_outcomes(self.tables["attempts"])

    def write_consolidation(
        self, changed_memories: Sequence[Memory], new_judgements: Sequence[Judgement], events: Sequence[MemoryEvent]
    ) -> None:
        """Replace these memories by id with their lineage, and add judgements and events, as a whole.

        Rows of other memories are not touched. What a killed process left half-done is finished when the store is next opened.
        """
        with self.writing():
            changes.write_changes(self.tables, self.folder, changed_memories, new_judgements, events)

    # --------------------------------------------------------------------------------------------------------------- runs

    def save_run(self, run: RunRecord) -> None:
        """Write the record of one round of one run; one of the same id is replaced."""
        with self.writing():
            self.tables["runs"].upsert(RUNS.to_arrow([run]))
            self.tables["runs"].maintain()

    def runs(self) -> list[RunRecord]:
        """All rounds of all runs, oldest first."""
        return records.runs(self.tables)

    # ---------------------------------------------------------------------------------------------------------- snapshots

    def snapshots(self) -> list[SnapshotRecord]:
        """All snapshots, oldest first."""
        return records.snapshots(self.tables)

    def snapshot(self, snapshot_id: str) -> SnapshotRecord:
        """One snapshot by its id or as ``latest``. Raises StoreError naming the nearest or the last ids."""
        wanted = self.latest_id() if snapshot_id == LATEST else snapshot_id
        if not wanted and snapshot_id == LATEST:
            raise StoreError(f"the store {self.folder} has no latest snapshot.", "Publish one, or give a snapshot's id.")
        known = {record.id: record for record in self.snapshots()}
        if wanted not in known:
            raise StoreError(f"the store {self.folder} has no snapshot {wanted!r}.", _ids_hint(wanted, list(known)))
        return known[wanted]

    def latest_id(self) -> str:
        """The id of the snapshot in use, empty if there is none."""
        with store_errors(self.folder, "reading which snapshot is in use"):
            path = self.folder / LATEST
            return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    def latest_snapshot(self) -> SnapshotRecord | None:
        """The snapshot in use."""
        return self.snapshot(LATEST) if self.latest_id() else None

    def move_latest(self, snapshot_id: str) -> None:
        """Make a snapshot the one in use. Raises StoreError for an unknown one."""
        found = self.snapshot(snapshot_id).id
        with self.writing(), store_errors(self.folder, "noting which snapshot is in use"):
            write_atomically(self.folder / LATEST, f"{found}\n".encode())


def _is_free(path: Path) -> bool:
    """Whether a store may be made here: nothing is there but what a killed creation left."""
    return path.is_dir() and all(entry.name in _OWN_NAMES or entry.name.endswith(TEMPORARY_SUFFIX) for entry in path.iterdir())


def _ids_hint(wanted: str, known: list[str]) -> str:
    if not known:
        return "It has none yet."
    near = difflib.get_close_matches(wanted, known, n=_SHOWN_IDS)
    return f"Did you mean {near[0]}?" if near else f"The last ones are {', '.join(known[-_SHOWN_IDS:])}."
