"""The processes that this one started, seen through /proc."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def learners() -> list[int]:
    """Process ids of the Ray actors below this process that solve cases."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(folder.name)] = (folder / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
    return [pid for pid, name in names.items() if name.startswith("ray::Learner") and _descends(pid, parents)]


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != os.getpid():
        pid = parents[pid]
    return pid == os.getpid()
