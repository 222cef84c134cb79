"""What a test leaves running fails that test: threads, event loops, child processes, and sockets that listen.

Left running they meet a later test, which then fails for no fault of its own: a websocket's keep-alive ping in the thread of an
earlier flow drew from ``random`` while hypothesis drew values. What a fixture of a wider scope started may live as long as the fixture.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 10.0  # for what is ending
POLL_S = 0.02
# One for the whole process, by their libraries' design, idle between tests, and ended with the process
LIBRARY_THREADS = ("LanceDBBackgroundEventLoop", "GlobalEventLoopThread", "RunSyncEventLoopThread", "AnyIO worker thread", "tqdm")
LIBRARY_PROCESSES = (
    "prefect.server.api.server:create_app",  # Prefect's temporary server: one for all flows of the process
    "symbolic_algebra",  # the process of verification.mathematics, shared by all threads
    "multiprocessing.resource_tracker",
)


class Watch:
    """What runs in this process, and which of it belongs to fixtures that are still open."""

    def __init__(self) -> None:
        self.loops: weakref.WeakSet[asyncio.BaseEventLoop] = weakref.WeakSet()
        self.owned: dict[Any, set[str]] = {}
        self.before: set[str] = set()

    def running(self) -> set[str]:
        return {*_threads(), *self._open_loops(), *_children(), *_listening()}

    def left(self) -> set[str]:
        """What runs now, did not before the test, and belongs to no open fixture; what is ending is waited for."""
        expected = self.before.union(*self.owned.values())
        end = time.monotonic() + PATIENCE_S
        while (found := self.running() - expected) and time.monotonic() < end:
            threading.Event().wait(POLL_S)
        return found

    def _open_loops(self) -> Iterator[str]:
        """Loops that are not closed; one that runs on a thread goes with its thread, which has a name."""
        for loop in list(self.loops):
            if not loop.is_closed() and not loop.is_running():
                yield f"event loop {id(loop):#x}"


def _threads() -> Iterator[str]:
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.name.startswith(LIBRARY_THREADS):
            yield f"thread {thread.name} ({thread.ident})"


def _children() -> Iterator[str]:
    for task in Path("/proc/self/task").iterdir():
        try:
            pids = (task / "children").read_text().split()
        except OSError:  # the thread has ended
            continue
        for pid in pids:
            try:
                command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
            except OSError:
                continue
            if command and not any(known in command for known in LIBRARY_PROCESSES):  # a zombie has no command
                yield f"process {pid}: {command[:100]}"


def _listening() -> Iterator[str]:
    own = set()
    for handle in Path("/proc/self/fd").iterdir():
        try:
            own.add(str(handle.readlink()))
        except OSError:
            continue
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                yield f"listening socket on port {int(fields[1].rpartition(':')[2], 16)}"


class LeftoversPlugin:
    """Registered by ``conftest.py``."""

    def __init__(self) -> None:
        self._watch = Watch()
        original: Callable[..., None] = asyncio.BaseEventLoop.__init__
        watch = self._watch

        def noted(loop: asyncio.BaseEventLoop, *args: Any, **named: Any) -> None:
            original(loop, *args, **named)
            watch.loops.add(loop)

        asyncio.BaseEventLoop.__init__ = noted  # type: ignore[method-assign]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        held: set[str] = set().union(*self._watch.owned.values())
        self._watch.before = self._watch.running() - held  # what a fixture started is its own only while it is open
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[object]:
        if fixturedef.scope == "function":
            return (yield)
        before = self._watch.running()
        try:
            return (yield)
        finally:
            self._watch.owned[fixturedef] = self._watch.running() - before

    @pytest.hookimpl
    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        self._watch.owned.pop(fixturedef, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        result = yield
        if item.get_closest_marker("engine"):
            return result  # an engine keeps threads and processes of its own until its process ends; no other test shares it
        left = self._watch.left()
        if left:
            pytest.fail(f"{item.nodeid} left running: " + "; ".join(sorted(left)), pytrace=False)
        return result
