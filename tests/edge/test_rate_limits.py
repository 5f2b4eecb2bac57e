"""Quotas over HTTP count by client address and by account, for every spelling of a path."""

from __future__ import annotations

import re
from itertools import count

import httpx

from tests.harness.client import assert_problem

_hosts = count(1)


def _address() -> dict[str, str]:
    """Return the header of a client that no other test is."""
    return {"X-Forwarded-For": f"198.51.{next(_hosts)}.7"}


async def _sign_in(client: httpx.AsyncClient, headers: dict[str, str], path: str = "/auth/login") -> httpx.Response:
    return await client.post(path, content=b"{}", headers={"Content-Type": "text/plain", **headers})


async def test_a_used_up_quota_is_429_with_the_time_to_wait(browser: httpx.AsyncClient) -> None:
    sender = _address()
    answers = [await _sign_in(browser, sender) for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {415}
    refused = answers[30]
    assert_problem(refused, 429, "rate-limited")
    assert refused.headers["ratelimit-policy"] == '"sign-in";q=30;w=60'
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"] == f'"sign-in";r=0;t={refused.headers["retry-after"]}'


async def test_the_remaining_quota_is_in_the_headers(browser: httpx.AsyncClient) -> None:
    sender = _address()
    left = [(await _sign_in(browser, sender)).headers["ratelimit"] for _ in range(3)]
    assert [re.sub(r";t=\d+", "", line) for line in left] == ['"sign-in";r=29', '"sign-in";r=28', '"sign-in";r=27']


async def test_another_spelling_of_the_path_counts_as_the_same(browser: httpx.AsyncClient) -> None:
    sender = _address()
    for _ in range(30):
        await _sign_in(browser, sender)
    for spelling in ("/auth/%6Cogin", "/%61uth/login", "/auth/login?x=1"):
        answer = await browser.post(
            str(browser.base_url).rstrip("/") + spelling,
            content=b"{}",
            headers={"Content-Type": "text/plain", **sender},
        )
        assert answer.status_code == 429


async def test_an_address_that_the_client_wrote_itself_does_not_count(browser: httpx.AsyncClient) -> None:
    real = _address()["X-Forwarded-For"]
    for number in range(30):
        await _sign_in(browser, {"X-Forwarded-For": f"203.0.113.{number}, {real}"})
    assert (await _sign_in(browser, {"X-Forwarded-For": f"192.0.2.1, {real}"})).status_code == 429
    assert (await _sign_in(browser, _address())).status_code == 415


async def test_an_ipv6_network_is_one_client(browser: httpx.AsyncClient) -> None:
    network = f"2001:db8:{next(_hosts):x}:1"
    for number in range(30):
        await _sign_in(browser, {"X-Forwarded-For": f"{network}::{number:x}"})
    assert (await _sign_in(browser, {"X-Forwarded-For": f"{network}:ffff::1"})).status_code == 429


async def test_the_direct_peer_counts_where_no_proxy_is_trusted(client: httpx.AsyncClient) -> None:
    first = await _sign_in(client, {"X-Forwarded-For": "198.51.100.1"})
    second = await _sign_in(client, {"X-Forwarded-For": "198.51.100.2"})
    left = [int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0]) for answer in (first, second)]
    assert left[1] < left[0]
