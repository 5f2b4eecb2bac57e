"""The sender of webhooks: where nothing is sent to, whatever names lead to, and that a checked address is the one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from impl.gateways.webhooks import Failure, HttpsSender, UnsafeUrlError, is_public
from tests.gateways.smtp_server import Authority
from tests.marketplace.webhooks.receiving import receiving

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1"),
    *("255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1", "3fff::1"),
    # IPv4 inside IPv6: mapped, compatible, NAT64, 6to4 and Teredo.
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1"),
    *("64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2002:808:808::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "nonsense"),
]
FIRST = "127.0.0.1".__eq__
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]


class Names:
    """A server of names under the test's control: each look-up is answered by the next list of addresses."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        if not self.answers:
            raise OSError(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_a_private_network_is_none_for_us(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:169.254.169.254"]])
async def test_one_private_address_among_those_of_a_name_is_enough_to_send_nothing(addresses: list[str]) -> None:
    names = Names(addresses)
    sender = HttpsSender(resolver=names)
    sent = await sender.send("https://hooks.example.com/in", {}, b"{}")
    assert (sent.status, sent.failure) == (None, Failure.ADDRESS)
    assert names.asked == [("hooks.example.com", 443)]
    await sender.close()


async def test_a_name_that_leads_nowhere_is_said_so() -> None:
    sender = HttpsSender(resolver=Names())
    assert (await sender.send("https://hooks.example.com/", {}, b"{}")).failure is Failure.NAME
    await sender.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://localhost/", "host_not_allowed"),
        ("https://api.localhost/", "host_not_allowed"),
        ("https://hooks.example.com:8443/", "port_not_allowed"),
        ("https://hooks.example.com:0/", "port_not_allowed"),
        ("https://hooks.example.com:99999/", "port_not_allowed"),
        ("https://user@hooks.example.com/", "url_not_allowed"),
        ("http://hooks.example.com/", "url_not_allowed"),
    ],
)
async def test_a_url_that_no_name_could_make_good_is_refused(url: str, code: str) -> None:
    sender = HttpsSender(resolver=Names(["8.8.8.8"]))
    with pytest.raises(UnsafeUrlError) as refused:
        sender.check(url)
    assert refused.value.code == code
    assert (await sender.send(url, {}, b"{}")).failure is Failure.ADDRESS
    await sender.close()


async def test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A second look-up, which would lead elsewhere, never comes; name, certificate and Host stay those of the URL."""
    authority = Authority(tmp_path, "rebinding")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with receiving(authority.server_context(host="hooks.example.com")) as receiver:
        sender = HttpsSender(ports=[receiver.port], ca_file=authority.file, resolver=names, allows=FIRST)
        sent = await sender.send(f"https://hooks.example.com:{receiver.port}/in", {"webhook-id": "1"}, b"{}")
        assert (sent.status, sent.failure) == (204, None)
        assert names.asked == [("hooks.example.com", receiver.port)]
        (came,) = receiver.received
        assert came.headers["host"] == f"hooks.example.com:{receiver.port}"
        # The next request looks again, and what it finds then is checked again.
        assert (
            await sender.send(f"https://hooks.example.com:{receiver.port}/in", {}, b"{}")
        ).failure is Failure.ADDRESS
        await sender.close()


async def test_a_certificate_of_another_name_is_no_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "names")
    async with receiving(authority.server_context(host="other.example.com")) as receiver:
        sender = HttpsSender(loopback=True, ca_file=authority.file)
        assert (await sender.send(receiver.url(), {}, b"{}")).failure is Failure.TLS
        assert receiver.received == []
        await sender.close()


async def test_who_does_not_answer_in_time_is_left(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "slow")
    async with receiving(authority.server_context(host="localhost")) as receiver:
        receiver.answering.clear()
        sender = HttpsSender(loopback=True, ca_file=authority.file, timeout=0.5)
        assert (await sender.send(receiver.url(), {}, b"{}")).failure is Failure.TIMEOUT
        await sender.close()


async def test_on_loopback_nobody_else_is_reached() -> None:
    names = Names(["8.8.8.8"])
    sender = HttpsSender(loopback=True, resolver=names)
    assert (await sender.send("https://hooks.example.com/", {}, b"{}")).failure is Failure.ADDRESS
    assert names.asked == []
    await sender.close()
