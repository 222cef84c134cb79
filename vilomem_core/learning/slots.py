"""How many cases one process has under way, over all shards that it works on."""

from __future__ import annotations

import asyncio
import heapq
import itertools


class Slots:
    """So many at once; whoever came with the earlier turn goes first, so that a process finishes one shard before it fills up
    with the next, and never runs empty between the two. For one event loop.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._turns = itertools.count()
        self._arrivals = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    def next_turn(self) -> int:
        """A place in the line, behind all that were given before."""
        return next(self._turns)

    async def take(self, turn: int) -> None:
        """Wait for a slot; each needs its ``give``."""
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (turn, next(self._arrivals), place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give()
            raise

    def give(self) -> None:
        while self._waiting:
            _, _, place = heapq.heappop(self._waiting)
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
