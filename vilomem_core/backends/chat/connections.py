"""HTTP to one endpoint: proxy, certificates and key, connections of each event loop, and what broken ones mean.

The environment's proxy is read here, once, because HTTP libraries each read it in their own way, and with it ``~/.netrc``, whose
passwords no model server should see.
"""

from __future__ import annotations

import asyncio
import io
import os
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # no stub for the second

import aiohttp
import certifi

from vilomem_core.backends.chat.failures import Answer
from vilomem_core.errors import ModelUnavailable, SettingsError
from vilomem_core.settings.models import EndpointSettings

# Idle connections are dropped before servers do it (uvicorn: after 5 s), because a request on a connection that the server is
# closing looks like an outage.
KEEP_ALIVE_S = 4.0
PIECEWISE_BYTES = 1 << 20  # a larger body is sent in pieces: written at once it would hold up the other requests


@dataclass(frozen=True, slots=True)
class Proxy:
    """``url`` holds no user and no password; ``login`` is both, if there are any."""

    url: str
    login: tuple[str, str] | None


def proxy_for(base_url: str) -> Proxy | None:
    """What HTTPS_PROXY or HTTP_PROXY, by the server's scheme, else ALL_PROXY say; None on this machine, and for hosts in NO_PROXY.

    Lower-case names are read as well. Raises ``SettingsError`` for a proxy that speaks no HTTP.
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
    """Whether the server runs on this machine: then no proxy is used."""
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


def tls_context() -> ssl.SSLContext:
    """Trusts the certificates of SSL_CERT_FILE or SSL_CERT_DIR if set, else Mozilla's: small container images have none."""
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return ssl.create_default_context(cafile=None if named else certifi.where())


class Connections:
    """The connections of one event loop to one endpoint: one session, and room for ``max_in_flight`` requests.

    ``in_flight`` is held by whoever is about to send, for as long as its request lasts.
    """

    def __init__(self, endpoint: EndpointSettings, proxy: Proxy | None) -> None:
        self.in_flight = asyncio.Semaphore(endpoint.max_in_flight)
        self._endpoint = endpoint
        self._tls = endpoint.base_url.startswith("https")
        self._proxy_login = {"proxy-authorization": aiohttp.encode_basic_auth(*proxy.login)} if proxy and proxy.login else {}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S, ssl=tls_context() if self._tls else True),
            timeout=aiohttp.ClientTimeout(total=None, connect=endpoint.connect_timeout_s),  # ``exchange`` bounds the whole
            proxy=proxy.url if proxy else None,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def exchange(self, path: str, body: bytes | None) -> Answer:
        """Send one request and read its whole answer within ``timeout_s``; a body of None is a GET. Raises ``ModelUnavailable``."""
        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                return await self._exchange(path, body)
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise broken(exc, self._endpoint) from exc

    async def aclose(self) -> None:
        await self._session.close()

    async def _exchange(self, path: str, body: bytes | None) -> Answer:
        # Headers go with each request, since aiohttp would show those of a session to the proxy as well. The proxy's login goes with
        # the request for a tunnel, where there is one: a server behind TLS must not see it.
        key = api_key(self._endpoint)
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        async with self._session.request(
            "GET" if body is None else "POST",
            f"{self._endpoint.base_url.rstrip('/')}/{path}",
            data=io.BytesIO(body) if body is not None and len(body) >= PIECEWISE_BYTES else body,
            headers=headers if self._tls else headers | self._proxy_login,
            proxy_headers=self._proxy_login if self._tls and self._proxy_login else None,
            allow_redirects=False,
        ) as response:
            return Answer(response.status, response.headers, await response.read())


def broken(error: aiohttp.ClientError | TimeoutError, endpoint: EndpointSettings) -> ModelUnavailable:
    """The outage that a failed exchange stands for."""
    place = endpoint.base_url
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        reason = str(getattr(error, "os_error", error)) or f"no connection within {endpoint.connect_timeout_s:g} s"
        return ModelUnavailable(f"Cannot connect to {place} ({reason}).", "Is the server running, and is base_url right?")
    if isinstance(error, TimeoutError):
        return ModelUnavailable(f"{place} did not answer within {endpoint.timeout_s:g} s.", "Raise timeout_s if it is merely slow.")
    return ModelUnavailable(f"{place} broke off the exchange ({type(error).__name__}: {error}).")


@dataclass(frozen=True, slots=True)
class _Opened:
    loop: asyncio.AbstractEventLoop
    connections: Connections
    holder: AsyncGenerator[Connections]


class LoopConnections:
    """The ``Connections`` of whichever event loop is running; several loops may use it one after the other.

    Raises ``SettingsError`` for a proxy that speaks no HTTP, and for a key that cannot be sent.
    """

    def __init__(self, endpoint: EndpointSettings) -> None:
        api_key(endpoint)  # an unusable key is reported before the first request
        self._endpoint = endpoint
        self._proxy = proxy_for(endpoint.base_url)
        self._opened: _Opened | None = None

    async def of_running_loop(self) -> Connections:
        """Those of the running loop, made at its first request."""
        loop = asyncio.get_running_loop()
        if self._opened is None or self._opened.loop is not loop:
            holder = _held(self._endpoint, self._proxy)
            connections = await anext(holder)  # does not suspend, so requests that start together share what it makes
            self._opened = _Opened(loop, connections, holder)
        return self._opened.connections

    async def aclose(self) -> None:
        """Close those of the running loop. May be called twice."""
        opened, self._opened = self._opened, None
        if opened is not None and opened.loop is asyncio.get_running_loop():
            await opened.holder.aclose()


async def _held(endpoint: EndpointSettings, proxy: Proxy | None) -> AsyncGenerator[Connections]:
    """Connections that are closed when their event loop ends, because loops finish the generators that were started in them."""
    connections = Connections(endpoint, proxy)
    try:
        yield connections
    finally:
        await connections.aclose()
