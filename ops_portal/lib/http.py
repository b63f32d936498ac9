"""The one client that speaks to addresses which people typed in.

It resolves a name once, checks every answer, and connects to the checked address, so that a name
cannot change its mind in between. Each request is checked anew, also where a connection is still
open. No redirects, no proxies from the environment, bounded in bytes and in seconds.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings

from ops_portal.lib.lines import Line, Lines

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEADLINE_SECONDS = 10.0
BODY_BYTES = 1024 * 1024
KEPT_BYTES = 4096  # of an answer that is only recorded
_lines = Lines()

# `is_global` is True for some of these in some Python versions, and none may be reached.
DENIED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")


class Forbidden(Exception):
    """The address must not be reached: scheme, name, port or network."""


class Unreachable(Exception):
    """No answer: resolution, connection, time or size."""


class _HungUp(Exception):
    """The other side had closed the connection that was kept open."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `text` holds its first 4 KiB or as much as asked; `retry_after` seconds."""

    status: int
    text: str
    retry_after: float | None = None


def post_json(
    url: str,
    body: Any,
    *,
    headers: Mapping[str, str] | None = None,
    deadline: float = DEADLINE_SECONDS,
) -> Answer:
    """POST the JSON. Raises Forbidden or Unreachable; any status is an Answer."""
    content = json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    return request("POST", url, content=content, headers=sent, deadline=deadline)


def request(
    method: str,
    url: str,
    *,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    deadline: float = DEADLINE_SECONDS,
    keep: int = KEPT_BYTES,
) -> Answer:
    """Send one request within `deadline` seconds, name resolution to last byte.

    Redirects are not followed: a 3xx is returned as it is. Raises Forbidden or Unreachable.
    """
    ends = time.monotonic() + deadline
    parts = _allowed_url(url)
    host, port = _host(parts), _port(parts)
    addresses = resolve(host, port, deadline=deadline)
    unreached: httpx.HTTPError | None = None
    for address in addresses:
        try:
            return _exchange(method, parts, address, content, headers or {}, ends, keep)
        except httpx.ConnectError as error:
            unreached = error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise Unreachable(f"{host}: {type(error).__name__}") from error
    raise Unreachable(f"{host}: connection failed") from unreached


def resolve(host: str, port: int, *, deadline: float = DEADLINE_SECONDS) -> Sequence[Address]:
    """All addresses of the name, each of them allowed, else Forbidden.

    Raises Unreachable when the name has none, or is not answered within `deadline` seconds.
    """
    found: list[Address] = []
    try:
        found.append(ipaddress.ip_address(host))  # there is nothing to ask
    except ValueError:
        asking = threading.Thread(target=_look_up, args=(host, port, found), daemon=True)
        asking.start()
        asking.join(deadline)
    addresses = list(dict.fromkeys(found))
    if not addresses:
        raise Unreachable(f"{host}: name not found")
    for address in addresses:
        if not allowed(address):
            raise Forbidden(f"{host} leads to {address}, which may not be reached.")
    return addresses


def _look_up(host: str, port: int, found: list[Address]) -> None:
    """The system's resolver knows no deadline, so it works in a thread that may be left behind.

    All addresses are handed over at once, or none: an answer that cannot be read is no answer.
    """
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) or []
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in entries]
    except (OSError, ValueError):  # UnicodeError among them
        return
    found.extend(addresses)


def allowed(address: Address) -> bool:
    """Public, or in OUTBOUND_ALLOWED_NETS. An IPv4 address inside an IPv6 one counts as itself."""
    inner = _embedded(address)
    own = [ipaddress.ip_network(text) for text in settings.OUTBOUND_ALLOWED_NETS]
    if any(inner in network for network in own if network.version == inner.version):
        return True
    if any(inner in network for network in DENIED if network.version == inner.version):
        return False
    return inner.is_global and not inner.is_multicast


def _embedded(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in SIX_TO_FOUR:
        return ipaddress.IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return address


def _allowed_url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it checks it
    except ValueError as error:
        raise Forbidden("The address is not a URL.") from error
    if parts.scheme not in {"http", "https"}:
        raise Forbidden("Only http and https addresses are allowed.")
    if parts.username or parts.password or not parts.hostname:
        raise Forbidden("The address must name a host, without a user or password in it.")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if any(not character.isascii() or character in "%\\" for character in host):
        raise Forbidden("The host name must be plain ASCII.")
    return host


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _exchange(
    method: str,
    parts: SplitResult,
    address: Address,
    content: bytes,
    headers: Mapping[str, str],
    ends: float,
    keep: int,
) -> Answer:
    """Speak to the checked address, with the name in Host and in TLS.

    A connection that was kept open may have been closed by the other side meanwhile: where it
    breaks without an answer, the same is said again over a new one.
    """
    literal = f"[{address}]" if address.version == 6 else str(address)
    target = parts._replace(netloc=f"{literal}:{_port(parts)}", fragment="").geturl()
    server = (parts.scheme, _host(parts), _port(parts), str(address))
    sent = {"User-Agent": "ops-portal", **headers, "Host": parts.netloc}
    while True:
        left = max(0.1, ends - time.monotonic())
        try:
            with _lines.line(server, ends=time.monotonic() + left) as line:
                known = {"sni_hostname": _host(parts), "trace": line.trace}
                asked = line.client.build_request(
                    method, target, content=content, headers=sent, timeout=left, extensions=known
                )
                with contextlib.closing(_said(line, asked, ends)) as response:
                    text = _body(response, ends, keep)
                    return Answer(response.status_code, text, _retry_after(response))
        except _HungUp:
            continue


def _said(line: Line, asked: httpx.Request, ends: float) -> httpx.Response:
    """The answer, its body unread. Raises _HungUp where another connection may do better."""
    try:
        return line.client.send(asked, stream=True)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
        if line.reused and time.monotonic() < ends:
            raise _HungUp from error
        raise


def _body(response: httpx.Response, ends: float, keep: int) -> str:
    kept, size, most = bytearray(), 0, max(keep, BODY_BYTES)
    for chunk in response.iter_raw():
        size += len(chunk)
        kept += chunk[: keep - len(kept)]
        if size > most:
            raise Unreachable(f"The answer is larger than {most // 1024 // 1024} MiB.")
        if time.monotonic() > ends:
            raise Unreachable("The answer took longer than its deadline.")
    return kept.decode("utf-8", "replace")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds from now, whichever form the header has; None when it has none that can be read."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        asked = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, asked.replace(tzinfo=asked.tzinfo or UTC).timestamp() - time.time())
