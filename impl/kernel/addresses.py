"""Network addresses, grouped as rate limits count them."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the network that counts as one sender: an IPv4 address, or the /64 of one IPv6 customer.

    What is no address counts as it is.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    # Made from the number, because a zone (`%eth0`) is no part of a network.
    return str(IPv6Network((int(parsed), 64), strict=False))
