"""HTTP to one endpoint: clients, the key, and what broken connections mean."""

from __future__ import annotations

import os
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """What a synchronous and an asynchronous client share."""

    headers: dict[str, str]
    timeout: httpx.Timeout
    limits: httpx.Limits
    trust_env: bool
    verify: bool

    @classmethod
    def of(cls, endpoint: EndpointSettings) -> ClientOptions:
        key = api_key(endpoint)
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        return cls(
            headers=headers,
            timeout=httpx.Timeout(endpoint.timeout_s, connect=endpoint.connect_timeout_s, pool=None),
            # idle connections are dropped before servers do it (uvicorn: 5 s), which would look like an outage
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=endpoint.max_in_flight, keepalive_expiry=4.0),
            trust_env=not is_loopback(endpoint.base_url),
            verify=endpoint.base_url.startswith("https"),  # plain http checks nothing: spare it the loading of certificates
        )


def async_client(endpoint: EndpointSettings) -> httpx.AsyncClient:
    options = ClientOptions.of(endpoint)
    return httpx.AsyncClient(
        headers=options.headers,
        timeout=options.timeout,
        limits=options.limits,
        trust_env=options.trust_env,
        verify=options.verify,
    )


def sync_client(endpoint: EndpointSettings) -> httpx.Client:
    options = ClientOptions.of(endpoint)
    return httpx.Client(
        headers=options.headers,
        timeout=options.timeout,
        limits=options.limits,
        trust_env=options.trust_env,
        verify=options.verify,
    )


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
