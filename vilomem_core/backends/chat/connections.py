"""The connections of one event loop to one endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.backends.chat.transport import async_client, tls_context


class Connections:
    """At most ``max_in_flight`` clients, each for one request at a time.

    One client for all would look at every open connection for every request: measured at 64 in flight, that alone takes 3 ms of CPU
    a request. The client that was used last is used next, so that few stay open when little is asked.
    """

    def __init__(self, endpoint: EndpointSettings) -> None:
        self._endpoint = endpoint
        self._in_flight = asyncio.Semaphore(endpoint.max_in_flight)
        self._tls = tls_context(endpoint)
        self._idle: list[httpx.AsyncClient] = []
        self._all: list[httpx.AsyncClient] = []

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request; waits while all are in use."""
        async with self._in_flight:
            client = self._idle.pop() if self._idle else self._open()
            try:
                yield client
            finally:
                self._idle.append(client)

    async def aclose(self) -> None:
        for client in self._all:
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        client = async_client(self._endpoint, self._tls)
        self._all.append(client)
        return client


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
