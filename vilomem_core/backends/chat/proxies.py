"""The proxy that the environment names for a server, found once for all of its clients.

HTTP libraries read the environment too, but each in its own way, and with it ``~/.netrc``, whose passwords no model server should see.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # no stub for the second

from vilomem_core.errors import SettingsError


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
