"""The processes that this one started, seen through /proc."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path


def learners() -> list[int]:
    """Process ids of the Ray actors below this process that solve cases."""
    return _actors("Learner")


def model_actors() -> list[int]:
    """Process ids of the Ray actors below this process that hold a role's own model."""
    return _actors("ModelActor")


def _actors(kind: str) -> list[int]:
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(folder.name)] = (folder / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
    return [pid for pid, name in names.items() if name.startswith(f"ray::{kind}") and _descends(pid, parents)]


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != os.getpid():
        pid = parents[pid]
    return pid == os.getpid()


def has_ended(pid: int, within_s: float = 20.0) -> bool:
    """Whether the process, which need be no child of ours, ends within the time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(within_s * 1000))
    finally:
        os.close(handle)
