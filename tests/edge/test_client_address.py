"""The client address of a request, behind trusted and unknown proxies."""

from __future__ import annotations

import pytest

from impl.edge.client import UNKNOWN, TrustedProxies, parse

_PROXIES = TrustedProxies(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", b"198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", b"198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", b"198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", b"1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", b"10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", b"198.51.100.1, garbage", "10.0.0.1"),
        ("10.0.0.1", b"", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", b"198.51.100.1:4711", "198.51.100.1"),
        ("fd00::1", b"[2001:db8::5]:4711", "2001:db8::5"),
        ("10.0.0.1", b"::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", b"198.51.100.1", "198.51.100.1"),
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
        ("fe80::1%a-very-long-name-of-an-interface", None, "fe80::1"),
        (None, b"198.51.100.1", UNKNOWN),
    ],
)
def test_only_trusted_proxies_name_the_client(peer: str | None, forwarded: bytes | None, client: str) -> None:
    assert _PROXIES.client(peer, forwarded) == client


def test_without_configured_proxies_no_header_counts() -> None:
    proxies = TrustedProxies([])
    assert proxies.client("127.0.0.1", b"198.51.100.1") == "127.0.0.1"
    assert not proxies.secure("127.0.0.1", "http", b"https")


def test_a_network_may_be_named_by_an_address_in_it() -> None:
    assert TrustedProxies(["10.1.2.3/8"]).client("10.9.9.9", b"198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "scheme", "forwarded", "secure"),
    [
        ("10.0.0.1", "http", b"https", True),
        ("10.0.0.1", "http", b"https, http", False),
        ("10.0.0.1", "http", b"http,https", True),
        ("10.0.0.1", "http", None, False),
        ("203.0.113.9", "http", b"https", False),
        ("203.0.113.9", "https", b"http", True),
        ("10.0.0.1", "http", b" HTTPS ", True),
        (None, "http", b"https", False),
        (None, "https", None, True),
    ],
)
def test_the_nearest_trusted_proxy_tells_the_scheme(
    peer: str, scheme: str, forwarded: bytes | None, secure: bool
) -> None:
    assert _PROXIES.secure(peer, scheme, forwarded) is secure


def test_a_proxy_is_known_by_any_spelling_of_its_address() -> None:
    known = {peer: _PROXIES.trusts(peer) for peer in ("10.9.9.9", "::ffff:10.1.2.3", "fd00::1%eth0", "11.0.0.1", "")}
    assert known == {"10.9.9.9": True, "::ffff:10.1.2.3": True, "fd00::1%eth0": True, "11.0.0.1": False, "": False}


@pytest.mark.parametrize("text", ["", "nonsense", "1.2.3", "[::1", "1.2.3.4.5", "\x00"])
def test_what_is_no_address_is_none_or_an_address(text: str) -> None:
    assert parse(text) is None or text == "[::1"
