"""Requests to the systems of others at addresses that they have chosen, which must not lead into our own network."""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Final, override
from urllib.parse import urlsplit

import httpcore
import httpx

from impl.kernel import tracing

TIMEOUT: Final = 10.0
# Looked up in threads of their own: a slow server of names holds up nothing but these.
_LOOKUPS: Final = 16
# What IPv6 has of public addresses, and the prefix under which networks without IPv4 reach it (RFC 6052).
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
# The first two carry an IPv4 address inside, to which something on the way may send what is meant for them; the third
# is for documents (RFC 9637), which not every Python knows.
_NOBODYS: Final = (IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("3fff::/20"))

_LOCAL: Final = ("127.0.0.1", "::1")

type Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host; raises OSError when there are none."""


class Failure(StrEnum):
    """Reason why there was no answer."""

    TIMEOUT = "TIMEOUT"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    CONNECTION = "CONNECTION"
    TLS = "TLS"


@dataclass(frozen=True, slots=True)
class Sent:
    """Outcome of a delivery: the status of the response, or the reason why there is none."""

    status: int | None
    failure: Failure | None
    retry_after: str | None
    seconds: float


class _Forbidden(Exception):
    """Raised for an address to which nothing is sent."""


class _Nameless(Exception):
    """Raised for a host that has no address."""


class UnsafeUrlError(ValueError):
    """Raised for a URL to which nothing would be sent, whatever its host's name leads to; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def is_public(text: str) -> bool:
    """Return whether an address is one of the Internet's, and not of a network that only some can reach."""
    try:
        address = ip_address(text)
    except ValueError:
        return False  # a scope makes it an address of one link
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public_v4(address.ipv4_mapped)
        if address in _NAT64:
            return _is_public_v4(IPv4Address(address.packed[-4:]))
        return (
            address in _GLOBAL_UNICAST
            and address.is_global
            and not address.is_multicast
            and not any(address in network for network in _NOBODYS)
        )
    return _is_public_v4(address)


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast


class HttpsSender:
    """Sends JSON by POST over HTTPS, and reads nothing of the answer but its status.

    The host is looked up for each request, every one of its addresses is checked, and the connection goes to one that
    was checked: no second look-up can lead elsewhere. No redirect is followed, and no proxy of the environment used.
    With `loopback` requests go to this machine alone, on any port: development and tests reach nobody else.
    """

    def __init__(
        self,
        *,
        ports: Sequence[int] = (443,),
        loopback: bool = False,
        ca_file: Path | None = None,
        resolver: Resolver | None = None,
        allows: Callable[[str], bool] = is_public,
        timeout: float = TIMEOUT,
    ) -> None:
        self._ports = frozenset(ports)
        self._loopback = loopback
        self._ca_file = ca_file
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="webhook names")
        self._resolve = resolver or self._look_up
        self._allows = allows
        self._timeout = timeout
        # Made when it is first used, because reading the certificates takes time.
        self._tls: ssl.SSLContext | None = None

    def check(self, url: str) -> None:
        """Raise UnsafeUrlError for a URL that no look-up could make good."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        try:
            port = 443 if parts.port is None else parts.port
        except ValueError:
            port = 0
        if parts.scheme != "https" or "@" in parts.netloc or parts.fragment:
            raise UnsafeUrlError("url_not_allowed", "is no https address without a user and a fragment")
        is_local = _is_local(host)
        if not host or len(host) > 253 or (is_local and not self._loopback):
            raise UnsafeUrlError("host_not_allowed", "is of a host that nobody else can reach")
        if port == 0 or (port not in self._ports and not (is_local and self._loopback)):
            allowed = ", ".join(map(str, sorted(self._ports)))
            raise UnsafeUrlError("port_not_allowed", f"is on a port that is not allowed; these are: {allowed}")

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Send the body and return the outcome; failures of the receiver do not raise."""
        # Without the host, which may tell whose business it is.
        with tracing.span("POST webhook", {"http.request.method": "POST"}) as span:
            sent = await self._send(url, headers, body)
            if span is not None and sent.status is not None:
                span.set("http.response.status_code", sent.status)
            if span is not None and sent.failure is not None:
                span.set("error.type", sent.failure)
            return sent

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        began = time.monotonic()
        status: int | None = None
        failure: Failure | None = None
        retry_after: str | None = None
        try:
            self.check(url)
            async with asyncio.timeout(self._timeout):
                status, retry_after = await self._post(url, headers, body)
        except (_Forbidden, UnsafeUrlError):
            failure = Failure.ADDRESS
        except _Nameless:
            failure = Failure.NAME
        except (TimeoutError, httpcore.TimeoutException):
            failure = Failure.TIMEOUT
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            failure = Failure.TLS if _is_about_tls(error) else Failure.CONNECTION
        return Sent(status, failure, retry_after, time.monotonic() - began)

    async def close(self) -> None:
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None]:
        backend = _CheckedBackend(self._addresses)
        # No connection is kept: the next request is for another host, or much later.
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._context(), network_backend=backend, max_keepalive_connections=0, http1=True, http2=False
        ) as pool:
            sent = {"Host": urlsplit(url).netloc, "Content-Type": "application/json", **headers}
            lines = [(name.encode(), value.encode()) for name, value in sent.items()]
            lines.append((b"Content-Length", str(len(body)).encode()))
            async with pool.stream("POST", url, headers=lines, content=body) as response:
                waits = (value for name, value in response.headers if name.lower() == b"retry-after")
                retry_after = next(waits, None)
                return response.status, None if retry_after is None else retry_after.decode("latin-1")

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host, all of which are good."""
        if self._loopback:
            if not _is_local(host):
                raise _Forbidden
            return _LOCAL
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise _Nameless from error
        if not found:
            raise _Nameless
        if not all(self._allows(address) for address in found):
            raise _Forbidden
        return found

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        def look_up() -> list[str]:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(info[4][0]) for info in infos))

        return await asyncio.get_running_loop().run_in_executor(self._lookups, look_up)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=False)
            if self._ca_file is not None:
                self._tls.load_verify_locations(self._ca_file)
        return self._tls


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Network that looks hosts up by a function which lets nothing but checked addresses pass."""

    def __init__(self, addresses: Resolver) -> None:
        self._addresses = addresses
        self._inner = httpcore.AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                last = error
        raise last or httpcore.ConnectError

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _is_local(host: str) -> bool:
    """Return whether a name is of this machine, whatever a server of names says (RFC 6761, section 6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def _is_about_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
