"""HTTP to one endpoint: clients, the key, and what broken connections mean."""

from __future__ import annotations

import io
import os
import ssl
from typing import TypeAlias

import aiohttp
import httpx

from vilomem_core.backends.chat.failures import Answer
from vilomem_core.backends.chat.proxies import Proxy, proxy_for
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import ModelUnavailable, SettingsError


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
