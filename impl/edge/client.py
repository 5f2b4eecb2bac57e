"""Client address of a request: that of the peer, or the one that a trusted proxy forwards."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

# Peer of a unix socket, which has no address: a proxy on this machine.
UNKNOWN: Final = "unknown"


class TrustedProxies:
    """Networks of proxies whose forwarded headers are believed.

    A header from any other peer is ignored; otherwise a client could choose the address that rate limits count.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(ip_network(entry, strict=False) for entry in networks)
        self._trusts = lru_cache(maxsize=1024)(self._belongs)

    def client(self, peer: str | None, forwarded_for: bytes | None) -> str:
        """Return the right-most address that is no trusted proxy's: everything left of it was written by the client."""
        client = UNKNOWN if peer is None else canonical(peer)
        if forwarded_for is None or not self._trusts(client):
            return client
        for hop in reversed(forwarded_for.decode("latin-1").split(",")):
            address = canonical(hop)
            if address == UNKNOWN:
                break
            client = address
            if not self._trusts(client):
                break
        return client

    def secure(self, peer: str | None, scheme: str, forwarded_proto: bytes | None) -> bool:
        """Return whether the client used TLS, to this process or to the trusted proxy nearest to it."""
        if forwarded_proto is not None and self._trusts(UNKNOWN if peer is None else canonical(peer)):
            return forwarded_proto.rpartition(b",")[2].strip().lower() == b"https"
        return scheme == "https"

    def trusts(self, peer: str) -> bool:
        """Return whether the peer is one of ours."""
        return self._trusts(canonical(peer))

    def _belongs(self, peer: str) -> bool:
        address = parse(peer)
        return address is not None and any(address in network for network in self._networks)


def parse(text: str) -> Address | None:
    """Parse an address as proxies write it: bare, with a port, or IPv6 in brackets; IPv4 mapped into IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.scope_id is not None:
            return IPv6Address(int(address))
    return address


@lru_cache(maxsize=4096)
def canonical(peer: str) -> str:
    """Return the one spelling of an address: without a zone, which would not fit its column, and IPv4 as IPv4."""
    address = parse(peer)
    return UNKNOWN if address is None else str(address)
