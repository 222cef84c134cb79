"""HTTP to one endpoint: clients, the key, and what broken connections mean."""

from __future__ import annotations

import os
import ssl
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from vilomem_core.backends.chat.failures import Answer
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import ModelUnavailable, SettingsError


def api_key(endpoint: EndpointSettings) -> str:
    """The key from the environment, or nothing. Raises ``SettingsError``, without showing it, if it cannot be a header's value."""
    key = os.environ.get(endpoint.api_key_env, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise SettingsError(f"The key in {endpoint.api_key_env} holds blanks, line breaks or characters outside ASCII.")
    return key


def is_loopback(base_url: str) -> bool:
    """Whether the server runs on this machine: then no proxy may come between."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def tls_context(endpoint: EndpointSettings) -> ssl.SSLContext | bool:
    """The certificates that clients of this endpoint trust. Loading them takes 30 ms, so clients share them; http has none."""
    return httpx.create_ssl_context() if endpoint.base_url.startswith("https") else False


def async_client(endpoint: EndpointSettings, tls: ssl.SSLContext | bool) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        headers=_headers(endpoint),
        timeout=_timeout(endpoint),
        limits=_LIMITS,
        trust_env=not is_loopback(endpoint.base_url),
        verify=tls,
    )


def sync_client(endpoint: EndpointSettings, tls: ssl.SSLContext | bool) -> httpx.Client:
    return httpx.Client(
        headers=_headers(endpoint),
        timeout=_timeout(endpoint),
        limits=_LIMITS,
        trust_env=not is_loopback(endpoint.base_url),
        verify=tls,
    )


# Each client sends one request at a time. Idle connections are dropped before servers do it (uvicorn: after 5 s), because a request
# on a connection that the server is closing looks like an outage.
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=4.0)


def _headers(endpoint: EndpointSettings) -> dict[str, str]:
    key = api_key(endpoint)
    return {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})


def _timeout(endpoint: EndpointSettings) -> httpx.Timeout:
    return httpx.Timeout(endpoint.timeout_s, connect=endpoint.connect_timeout_s)


def url_of(endpoint: EndpointSettings, path: str) -> str:
    return f"{endpoint.base_url.rstrip('/')}/{path}"


def answer_of(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content)


def broken(error: httpx.RequestError | TimeoutError, endpoint: EndpointSettings) -> ModelUnavailable:
    """The outage that a failed exchange stands for."""
    place = endpoint.base_url
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        reason = str(error) or f"no connection within {endpoint.connect_timeout_s:g} s"
        return ModelUnavailable(f"Cannot connect to {place} ({reason}).", "Is the server running, and is base_url right?")
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return ModelUnavailable(f"{place} did not answer within {endpoint.timeout_s:g} s.", "Raise timeout_s if it is merely slow.")
    return ModelUnavailable(f"{place} broke off the exchange ({type(error).__name__}: {error}).")
