"""Work that would block the event loop, done on threads, in batches of one kind of work.

A change of threads costs about 0.1 ms, and work that takes turns with other work finds its code and data gone from the caches: a
picture's vector takes 0.9 ms in a batch and up to 1.6 ms between searches and embeddings (measured). So each kind of work
has a batcher, and a thread does all that is queued when it gets there. Nothing waits for a batch to fill.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar, cast

Found = TypeVar("Found")
Ended: TypeAlias = tuple[Any, BaseException | None]
Waiting: TypeAlias = tuple[Callable[[], Any], asyncio.Future[Ended]]

MAX_BATCH = 16  # the first of a batch waits for the last, and the event loop for Python's lock: larger ones save no more


class ThreadBatcher:
    """Runs one kind of work on at most ``width`` of the ``threads`` at a time, in order of arrival. For one event loop."""

    def __init__(self, threads: ThreadPoolExecutor, width: int = 1) -> None:
        self._threads = threads
        self._free = width
        self._width = width
        self._waiting: deque[Waiting] = deque()

    async def run(self, work: Callable[[], Found]) -> Found:
        """What ``work`` returns or raises. Work is skipped if its caller is cancelled before a thread takes it."""
        place: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, place))
        if self._free:
            self._begin()
        found, error = await place
        if error is not None:
            raise error
        return cast(Found, found)

    def _begin(self) -> None:
        """Give a thread what is queued, or, where several work side by side (they wait for servers), one piece."""
        share = min(len(self._waiting), MAX_BATCH if self._width == 1 else 1)
        some = [self._waiting.popleft() for _ in range(share)]
        some = [(work, place) for work, place in some if not place.done()]
        places = [place for _, place in some]
        try:
            ended = asyncio.get_running_loop().run_in_executor(self._threads, _done, [work for work, _ in some])
        except RuntimeError as closed:  # the threads have ended: nobody may wait for them
            for place in places:
                place.set_result((None, closed))
            return
        self._free -= 1
        ended.add_done_callback(lambda ended: self._hand_out(places, ended.result()))

    def _hand_out(self, places: Sequence[asyncio.Future[Ended]], ended: Sequence[Ended]) -> None:
        self._free += 1
        for place, one in zip(places, ended, strict=True):
            if not place.done():  # else its caller was cancelled meanwhile
                place.set_result(one)
        if self._waiting:
            self._begin()


def _done(works: Sequence[Callable[[], Any]]) -> list[Ended]:
    """Each piece of work on its own: what one raises does not touch the next."""
    ended: list[Ended] = []
    for work in works:
        try:
            ended.append((work(), None))
        except BaseException as exc:  # noqa: BLE001 - raised again where the work was asked for, also a panic of a compiled library
            ended.append((None, exc))
    return ended
