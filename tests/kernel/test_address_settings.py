"""Web addresses in settings: hosts of every kind appear in links as RFC 3986 wants them."""

from collections.abc import Callable

import pytest

from impl.kernel.settings.address import AddressError, host_and_port, read_base_url, read_origin


@pytest.mark.parametrize(
    ("host", "authority"),
    [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("localhost", "localhost:8000"),
        ("::1", "[::1]:8000"),
        ("::", "[::]:8000"),
        ("[::1]", "[::1]:8000"),
    ],
)
def test_an_ipv6_host_stands_in_brackets(host: str, authority: str) -> None:
    assert host_and_port(host, 8000) == authority


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("https://[v1.a:b]", "has no valid host"),
        ("https://[::zz]", "is not an address"),
        ("https://", "has no valid host"),
        ("https://*.hestami.test", "has a wildcard, which matches no origin"),
        ("https://a b", "has no valid host"),
        ("https://hestämi.test", "must have its host in punycode (xn--...)"),
        ("https://somebody@hestami.test", "must have no user information"),
        ("https://hestami.test:99999", "is not an address"),
        ("hestami.test", "has no scheme, such as https://"),
    ],
)
@pytest.mark.parametrize("read", [read_origin, read_base_url])
def test_an_address_that_nobody_could_reach_is_refused_with_its_reason(
    read: Callable[[str], str], text: str, complaint: str
) -> None:
    with pytest.raises(AddressError) as raised:
        read(text)
    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("HTTPS://Hestami.TEST:443/", "https://hestami.test"),
        ("http://hestami.test:80", "http://hestami.test"),
        ("https://hestami.test:80", "https://hestami.test:80"),
        ("http://hestami.test:443", "http://hestami.test:443"),
        ("https://[2001:DB8:0::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://[::1]:443", "https://[::1]"),
    ],
)
def test_an_origin_is_spelled_as_browsers_do(text: str, origin: str) -> None:
    assert read_origin(text) == origin
