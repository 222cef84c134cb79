"""The connections of one event loop to one endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.backends.chat.transport import async_session


class Connections:
    """One session, and room for ``max_in_flight`` requests."""

    def __init__(self, endpoint: EndpointSettings) -> None:
        self._in_flight = asyncio.Semaphore(endpoint.max_in_flight)
        self._session = async_session(endpoint)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """The session, for one request; waits while as many as are allowed are under way."""
        async with self._in_flight:
            yield self._session

    async def aclose(self) -> None:
        await self._session.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    loop: asyncio.AbstractEventLoop
    connections: Connections
    holder: AsyncGenerator[Connections]


class LoopConnections:
    """The ``Connections`` of whichever event loop is running; several loops may use it one after the other."""

    def __init__(self, endpoint: EndpointSettings) -> None:
        self._endpoint = endpoint
        self._opened: _Opened | None = None

    async def of_running_loop(self) -> Connections:
        """Those of the running loop, made at its first request."""
        loop = asyncio.get_running_loop()
        if self._opened is None or self._opened.loop is not loop:
            holder = _held(self._endpoint)
            connections = await anext(holder)  # does not suspend, so requests that start together share what it makes
            self._opened = _Opened(loop, connections, holder)
        return self._opened.connections

    async def aclose(self) -> None:
        """Close those of the running loop. May be called twice."""
        opened, self._opened = self._opened, None
        if opened is not None and opened.loop is asyncio.get_running_loop():
            await opened.holder.aclose()


async def _held(endpoint: EndpointSettings) -> AsyncGenerator[Connections]:
    """Connections that are closed when their event loop ends, because loops finish the generators that were started in them."""
    connections = Connections(endpoint)
    try:
        yield connections
    finally:
        await connections.aclose()
