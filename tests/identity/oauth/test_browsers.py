"""A sign-in belongs to the first browser that opens it, by a cookie that no other browser has."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.harness.client import assert_problem
from tests.harness.databases import Databases, Engine
from tests.harness.oauth_sign_in import query, signing_in
from tests.harness.openid import Person
from tests.harness.service import Service, run_service
from tests.harness.settings import REDIRECT_URI
from tests.identity.database_inspection import everything

_API = "https://api.hestami.test"


@pytest.fixture(scope="module")
async def behind_tls(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    async with run_service(databases, engine, f"tls_{worker_id}", api_url=_API) as running:
        yield running


@pytest.fixture(scope="module")
async def without_provider(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Start a service whose one identity provider does not answer."""
    gone = {"issuer": "http://127.0.0.1:9", "client_id": "hestami", "client_secret": "Gx2-41d7"}
    name = f"provider_gone_{worker_id}"
    async with run_service(databases, engine, name, oauth_providers={"gone": gone}) as running:
        yield running


async def test_each_sign_in_has_a_cookie_of_its_own_that_the_database_does_not_hold(service: Service) -> None:
    cookies = set()
    for _ in range(2):
        async with signing_in(service) as sign_in:
            await sign_in.start(await sign_in.begin())
            cookies.add(sign_in.cookie.removeprefix("sign_in="))
            sign_in.sent(await sign_in.authorize())
            cookies.add(sign_in.cookie.removeprefix("sign_in="))
    assert len(cookies) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie) for cookie in cookies)
    held = await everything(service)
    assert not [cookie for cookie in cookies if cookie in held]


async def test_the_first_browser_has_it_and_others_stop_nothing(service: Service) -> None:
    async with signing_in(service) as first, signing_in(service) as other:
        start_url = await first.begin()
        location = await first.start(start_url)
        await other.start(await other.begin())
        for cookie in ("", other.cookie, "sign_in=", "sign_in=of another program", f"sign_in={'x' * 43}"):
            refused = await other.open(start_url, cookie=cookie)
            assert_problem(refused, 404, "unknown-flow")
            assert "set-cookie" not in refused.headers
        back = await first.at_provider(location, Person())
        elsewhere = await other.callback(back)
        assert _error_of(elsewhere.headers["location"]) == ("access_denied", "unknown-flow", first.state)
        assert "set-cookie" not in elsewhere.headers
        landed = await first.callback(back)
        assert "code" in query(landed.headers["location"])


async def test_a_head_request_does_not_bind_the_browser(service: Service) -> None:
    async with signing_in(service) as sign_in:
        start_url = await sign_in.begin()
        looked = await sign_in.client.head(sign_in.here(start_url))
        assert (looked.status_code, looked.headers.get("set-cookie")) == (303, None)
        location = await sign_in.start(start_url)
        assert location == looked.headers["location"]
        landed = await sign_in.callback(await sign_in.at_provider(location, Person()))
        assert "code" in query(landed.headers["location"])


async def test_the_browser_that_has_it_may_open_it_again(service: Service) -> None:
    async with signing_in(service) as sign_in:
        start_url = await sign_in.begin()
        location = await sign_in.start(start_url)
        cookie = sign_in.cookie
        again = await sign_in.open(start_url, cookie=f"theme=dark; {cookie}")
        assert (sign_in.sent(again), sign_in.cookie) == (location, cookie)
        landed = await sign_in.callback(await sign_in.at_provider(location, Person()))
        assert "code" in query(landed.headers["location"])
        assert_problem(await sign_in.open(start_url, cookie=cookie), 404, "unknown-flow")


async def test_cookies_of_the_name_that_others_have_set_stop_nothing(service: Service) -> None:
    """Over plain HTTP, any program on the same host can set one for another path, and the browser sends them all."""
    async with signing_in(service) as sign_in:
        start_url = await sign_in.begin()
        location = await sign_in.start(start_url)
        own = sign_in.cookie
        for cookie in (f"sign_in=planted; {own}", f"{own}; sign_in=planted", f"sign_in=; {own}; sign_in={'x' * 43}"):
            again = await sign_in.open(start_url, cookie=cookie)
            assert (sign_in.sent(again), sign_in.cookie) == (location, own)
        back = await sign_in.at_provider(location, Person())
        elsewhere = await sign_in.callback(back, cookie="sign_in=planted; sign_in=too")
        assert _error_of(elsewhere.headers["location"]) == ("access_denied", "unknown-flow", sign_in.state)
        landed = await sign_in.callback(back, cookie=f"sign_in=planted; {own}; sign_in=too")
        assert "code" in query(landed.headers["location"])


@pytest.mark.both_engines
async def test_of_twenty_browsers_at_once_one_has_it(service: Service) -> None:
    async with signing_in(service) as sign_in:
        start_url = await sign_in.begin()
        answers = await asyncio.gather(*(sign_in.open(start_url) for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [303] + [404] * 19
        location = sign_in.sent(next(answer for answer in answers if answer.status_code == 303))
        landed = await sign_in.callback(await sign_in.at_provider(location, Person()))
        assert "code" in query(landed.headers["location"])


async def test_behind_tls_the_cookie_stays_with_the_host_and_its_pages(behind_tls: Service) -> None:
    async with signing_in(behind_tls) as sign_in:
        start_url = await sign_in.begin()
        assert start_url.startswith(f"{_API}/api/v1/auth/start/")
        for answer in (await sign_in.open(start_url), await sign_in.authorize()):
            name, _, rest = answer.headers["set-cookie"].partition("=")
            value, *attributes = rest.split("; ")
            assert (name, len(value)) == ("__Host-sign_in", 43)
            assert sorted(attributes) == ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"]
        back = await sign_in.at_provider(sign_in.sent(answer), Person())
        plain = sign_in.cookie.removeprefix("__Host-")
        elsewhere = await sign_in.callback(back, cookie=plain)
        assert _error_of(elsewhere.headers["location"]) == ("access_denied", "unknown-flow", sign_in.state)
        landed = await sign_in.callback(back, cookie=f"sign_in=planted; {sign_in.cookie}; sign_in=twice")
        assert "code" in query(landed.headers["location"])
        gone = landed.headers["set-cookie"]
        assert gone == "__Host-sign_in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"


async def test_a_provider_that_does_not_answer_leaves_the_sign_in_open(without_provider: Service) -> None:
    async with signing_in(without_provider, "gone") as sign_in:
        start_url = await sign_in.begin()
        for answer in (await sign_in.open(start_url), await sign_in.open(start_url), await sign_in.authorize()):
            assert "set-cookie" not in answer.headers
            assert _error_of(sign_in.sent(answer)) == ("temporarily_unavailable", "provider-unavailable", sign_in.state)


def _error_of(address: str) -> tuple[str, str, str]:
    told = httpx.URL(address)
    assert address.startswith(f"{REDIRECT_URI}?"), address
    return told.params["error"], told.params["error_code"], told.params["state"]
