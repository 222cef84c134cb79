"""HTTP to one endpoint: proxy, certificates and key, sessions per event loop, and what broken connections mean."""

from __future__ import annotations

import asyncio
import io
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # no stub for the second

import aiohttp
import httpx

from vilomem_core.backends.chat.failures import Answer
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import ModelUnavailable, SettingsError


@dataclass(frozen=True, slots=True)
class Proxy:
    """``url`` holds no user and no password; ``login`` is both, if there are any."""

    url: str
    login: tuple[str, str] | None


def proxy_for(base_url: str) -> Proxy | None:
    """What HTTPS_PROXY or HTTP_PROXY, by the server's scheme, else ALL_PROXY say; None on this machine, and for hosts in NO_PROXY.

    Names may be written small, as usual. Raises ``SettingsError`` for a proxy that speaks no HTTP.
    """
    if is_loopback(base_url):
        return None
    server, proxies = urlsplit(base_url), getproxies_environment()
    named = proxies.get(server.scheme) or proxies.get("all")
    if not named or proxy_bypass_environment(server.netloc, proxies):
        return None
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError("the proxy that the environment names is not an HTTP proxy.", "Set HTTPS_PROXY to http://HOST:PORT.")
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Proxy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", login)


def is_loopback(base_url: str) -> bool:
    """Whether the server runs on this machine: then no proxy may come between."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def api_key(endpoint: EndpointSettings) -> str:
    """The key from the environment, or nothing. Raises ``SettingsError``, without showing it, if it cannot be a header's value."""
    key = os.environ.get(endpoint.api_key_env, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise SettingsError(f"The key in {endpoint.api_key_env} holds blanks, line breaks or characters outside ASCII.")
    return key


def tls_context(endpoint: EndpointSettings) -> ssl.SSLContext | bool:
    """The certificates that clients of this endpoint trust; http has none."""
    return httpx.create_ssl_context() if endpoint.base_url.startswith("https") else False


def async_session(endpoint: EndpointSettings) -> aiohttp.ClientSession:
    """For many requests at once on the running event loop: HTTP adds 0.6 ms of CPU a case, 3.3 with ``httpx.AsyncClient``s."""
    proxy = proxy_for(endpoint.base_url)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S, ssl=tls_context(endpoint) or True),
        timeout=aiohttp.ClientTimeout(total=None, connect=endpoint.connect_timeout_s),  # whoever asks bounds the whole exchange
        proxy=proxy.url if proxy else None,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def sync_client(endpoint: EndpointSettings, tls: ssl.SSLContext | bool) -> httpx.Client:
    proxy = proxy_for(endpoint.base_url)
    return httpx.Client(
        headers=_headers(endpoint),
        timeout=_timeout(endpoint),
        limits=_LIMITS,
        proxy=httpx.Proxy(proxy.url, auth=proxy.login) if proxy else None,
        trust_env=False,
        verify=tls,
    )


# Idle connections are dropped before servers do it (uvicorn: after 5 s), because a request on a connection that the server is
# closing looks like an outage.
KEEP_ALIVE_S = 4.0
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE_S)
PIECEWISE_BYTES = 1 << 20  # a larger body is sent in pieces: written at once it would hold up the other requests


def _headers(endpoint: EndpointSettings) -> dict[str, str]:
    key = api_key(endpoint)
    return {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})


def _timeout(endpoint: EndpointSettings) -> httpx.Timeout:
    return httpx.Timeout(endpoint.timeout_s, connect=endpoint.connect_timeout_s)


def url_of(endpoint: EndpointSettings, path: str) -> str:
    return f"{endpoint.base_url.rstrip('/')}/{path}"


async def exchange(session: aiohttp.ClientSession, endpoint: EndpointSettings, path: str, body: bytes | None) -> Answer:
    """Send one request and read its whole answer; a body of None is a GET. Raises ``aiohttp.ClientError``.

    Headers go with each request, since aiohttp would show those of a session to the proxy as well. The proxy's login goes with the
    request for a tunnel, where there is one: a server behind TLS must not see it.
    """
    headers, login = _headers(endpoint), _proxy_login(proxy_for(endpoint.base_url))
    tunnelled = endpoint.base_url.startswith("https")
    data = io.BytesIO(body) if body is not None and len(body) >= PIECEWISE_BYTES else body
    async with session.request(
        "GET" if body is None else "POST",
        url_of(endpoint, path),
        data=data,
        headers=headers if tunnelled else headers | login,
        proxy_headers=login if tunnelled and login else None,
        allow_redirects=False,
    ) as response:
        return Answer(response.status, response.headers, await response.read())


def _proxy_login(proxy: Proxy | None) -> dict[str, str]:
    """The header that logs in at the proxy; empty where none is needed."""
    return {"proxy-authorization": aiohttp.encode_basic_auth(*proxy.login)} if proxy and proxy.login else {}


def answer_of(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content)


Broken: TypeAlias = httpx.RequestError | aiohttp.ClientError | TimeoutError
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def broken(error: Broken, endpoint: EndpointSettings) -> ModelUnavailable:
    """The outage that a failed exchange stands for."""
    place = endpoint.base_url
    if isinstance(error, _NO_CONNECTION):
        reason = str(getattr(error, "os_error", error)) or f"no connection within {endpoint.connect_timeout_s:g} s"
        return ModelUnavailable(f"Cannot connect to {place} ({reason}).", "Is the server running, and is base_url right?")
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return ModelUnavailable(f"{place} did not answer within {endpoint.timeout_s:g} s.", "Raise timeout_s if it is merely slow.")
    return ModelUnavailable(f"{place} broke off the exchange ({type(error).__name__}: {error}).")


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
