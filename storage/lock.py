"""One writer at a time.

The lock belongs to the process that opens a store for writing; the operating system frees it when that process ends, however it
ends. Inside the process it may be taken again (a flow and its subflows), and one thread writes at a time.
"""

from __future__ import annotations

import fcntl
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from vilomem_core.errors import StoreError


@dataclass(slots=True)
class _Held:
    descriptor: int
    pid: int
    holders: int = 0
    writing: threading.RLock = field(default_factory=threading.RLock)


_held: dict[Path, _Held] = {}
_registry = threading.Lock()


class WriterLock:
    """The right to write to the store in ``folder``, held until ``release``.

    Raises ``StoreError`` naming the process that holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._key = folder.resolve() / "lock"
        with _registry:
            held = _held.get(self._key)
            if held is None or held.pid != os.getpid():  # what a forked parent holds is not ours
                held = _held[self._key] = _take(self._key)
            held.holders += 1
        self._held: _Held | None = held

    @property
    def writing(self) -> threading.RLock:
        """Held by the thread that writes."""
        if self._held is None:
            raise StoreError("the store was closed.", "Open it again to write.")
        return self._held.writing

    def release(self) -> None:
        """Give the lock back; the last holder in the process frees it for others. May be called twice."""
        with _registry:
            held, self._held = self._held, None
            if held is None:
                return
            held.holders -= 1
            if held.holders == 0:
                _held.pop(self._key, None)
                os.close(held.descriptor)


def _take(path: Path) -> _Held:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as exc:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise StoreError(
            f"the store {path.parent} is being written by process {holder}.", "Wait until it has ended, or stop it."
        ) from exc
    except OSError:
        os.close(descriptor)
        raise
    return _Held(descriptor, os.getpid())
