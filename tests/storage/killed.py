"""Commits and consolidations in processes that kill themselves between two writes.

    python -m tests.storage.killed commit|consolidate STORE...

The process of the n-th store dies after its n-th write. They are forked before LanceDB is loaded, because importing what LanceDB
needs takes most of their time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage.commit import commit
from storage.store import Store
from storage.tables import Table
from tests.storage.samples import candidate, event, judgement, memory

WRITES = ((Table, "insert_new"), (Table, "upsert"), (Table, "delete"), (Path, "unlink"))


def die_after(count: int) -> None:
    """Let ``count`` writes end, then die as by kill -9."""
    left = [count]

    def mortal(write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            result = write(*args, **named)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for owner, name in WRITES:
        setattr(owner, name, mortal(getattr(owner, name)))


def consolidate(store: Store) -> None:
    """The second consolidation of ``test_changes``: mem_001 loses a member and mem_002 is made of two."""
    first, second, third = (candidate(number) for number in (1, 2, 3))
    changed = [memory(1, (first,), rule="Rewritten."), memory(2, (second, third))]
    store.write_consolidation(changed, [judgement(first, second, same=False)], [event("mem_002")])


def run(job: str, folder: Path, writes: int) -> None:
    store = Store.open(folder)
    die_after(writes)
    if job == "commit":
        commit(store, store.staging_folder("run"))
    else:
        consolidate(store)


def main() -> None:
    import lance_namespace  # noqa: F401

    job, *folders = sys.argv[1:]
    for writes, folder in enumerate(folders, 1):
        pid = os.fork()
        if pid == 0:
            run(job, Path(folder), writes)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), f"write {writes} of {job} was not reached"
        assert os.WTERMSIG(status) == signal.SIGKILL


if __name__ == "__main__":
    main()
