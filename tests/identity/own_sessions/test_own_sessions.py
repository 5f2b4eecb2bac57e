"""People list and end their own sessions, and nobody can list or end those of others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from impl.identity.own_sessions.service import UNKNOWN, device_of
from tests.harness.client import assert_problem

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 "
    "Safari/537.36 Edg/139.0.0.0"
)
PIXEL = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile "
    "Safari/537.36"
)


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def sign_in(client: httpx.AsyncClient, owner: Account, user_agent: str = FIREFOX) -> dict[str, Any]:
    body = {"login": owner.email, "password": owner.password}
    answer = await client.post("/auth/login", json=body, headers={"User-Agent": user_agent})
    assert answer.status_code == 200
    pair: dict[str, Any] = answer.json()
    return pair


async def listed(owner: Account, **query: object) -> dict[str, Any]:
    answer = await owner.client.get("/users/me/sessions", params={key: str(value) for key, value in query.items()})
    assert answer.status_code == 200
    page: dict[str, Any] = answer.json()
    return page


def with_token(pair: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair['access_token']}"}


async def test_the_list_says_which_device_and_which_is_this_one(client: httpx.AsyncClient, owner: Account) -> None:
    there = await sign_in(client, owner, IPHONE)
    page = await listed(owner, include_total="true")

    assert [(item["device"], item["current"]) for item in page["items"]] == [
        ("Safari on iPhone", False),
        ("python-httpx", True),
    ]
    assert page["items"][0]["id"] == there["session_id"]
    assert {item["address"] for item in page["items"]} == {"127.0.0.1"}
    assert (page["total"], page["total_capped"], page["next_cursor"]) == (2, False, None)


async def test_pages_follow_one_another(client: httpx.AsyncClient, owner: Account) -> None:
    newer = [(await sign_in(client, owner))["session_id"] for _ in range(3)]
    seen, cursor = list[str](), dict[str, str]()
    for _ in range(2):
        page = await listed(owner, limit=2, **cursor)
        seen += [item["id"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}

    assert seen[:3] == newer[::-1]
    assert len(set(seen)) == 4
    assert cursor == {"cursor": None}
    answer = await owner.client.get("/users/me/sessions", params={"cursor": "bm90LWEtY3Vyc29y"})
    assert_problem(answer, 422, "invalid-cursor")


async def test_an_ended_session_stops_at_once_and_leaves_the_list(client: httpx.AsyncClient, owner: Account) -> None:
    there = await sign_in(client, owner)
    path = f"/users/me/sessions/{there['session_id']}"

    assert (await owner.client.delete(path)).status_code == 204
    assert_problem(await client.get("/users/me", headers=with_token(there)), 401, "invalid-token")
    renewed = await client.post("/auth/refresh", json={"refresh_token": there["refresh_token"]})
    assert_problem(renewed, 401, "invalid-refresh-token")
    assert [item["current"] for item in (await listed(owner))["items"]] == [True]
    assert_problem(await owner.client.delete(path), 404, "not-found")


async def test_the_session_that_asks_may_end_itself(owner: Account) -> None:
    mine = (await listed(owner))["items"][0]["id"]

    assert (await owner.client.delete(f"/users/me/sessions/{mine}")).status_code == 204
    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")


async def test_another_persons_session_is_as_if_it_were_not_there(
    client: httpx.AsyncClient, owner: Account, accounts: Accounts
) -> None:
    stranger = await accounts.make()
    theirs = (await listed(stranger))["items"][0]["id"]

    foreign = await owner.client.delete(f"/users/me/sessions/{theirs}")
    absent = await owner.client.delete(f"/users/me/sessions/{uuid4()}")
    assert_problem(foreign, 404, "not-found")
    assert foreign.json().keys() == absent.json().keys()
    assert foreign.json()["detail"] == absent.json()["detail"]
    assert (await stranger.client.get("/users/me")).status_code == 200
    assert theirs not in {item["id"] for item in (await listed(owner))["items"]}


async def test_signing_out_everywhere_leaves_nothing(client: httpx.AsyncClient, owner: Account) -> None:
    others = [await sign_in(client, owner) for _ in range(2)]
    assert (await owner.client.post("/auth/logout-all")).status_code == 204

    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")
    for pair in others:
        assert_problem(await client.get("/users/me", headers=with_token(pair)), 401, "invalid-token")
        renewed = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
        assert_problem(renewed, 401, "invalid-refresh-token")
    assert (await sign_in(client, owner))["access_token"]


async def test_an_expired_session_is_not_listed(client: httpx.AsyncClient, owner: Account, clock: MovableClock) -> None:
    clock.advance(timedelta(days=7))
    owner.access_token = (await sign_in(client, owner))["access_token"]
    owner.client.headers["Authorization"] = f"Bearer {owner.access_token}"

    assert [item["current"] for item in (await listed(owner))["items"]] == [True]


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Windows"),
        (EDGE, "Edge on Mac"),
        (PIXEL, "Chrome on Android"),
        (IPHONE, "Safari on iPhone"),
        ("curl/8.14.1", "curl"),
        ("Hestami/3.1 (iPhone; iOS 18.5)", "Hestami on iPhone"),
        ("Mozilla/5.0", UNKNOWN),
        ("", UNKNOWN),
        ("\x00\x1b[31m", UNKNOWN),
        ("x" * 400, "x" * 40),
    ],
)
def test_devices_are_told_in_plain_words(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
