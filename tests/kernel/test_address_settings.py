"""Web addresses in settings: hosts of every kind appear in links as RFC 3986 wants them."""

import pytest

from impl.kernel.address_settings import host_and_port


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
