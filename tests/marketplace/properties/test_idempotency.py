"""A create with an Idempotency-Key happens once, whenever it is repeated."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.marketplace.payloads import PROPERTIES, house, ids, ok, whole


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def test_a_repeated_create_gets_the_first_reply(accounts: Accounts) -> None:
    owner = await accounts.make()
    named = key()
    first = await owner.client.post(PROPERTIES, json=house(), headers=named)
    ok(first, 201)
    ok(await owner.client.patch(f"{PROPERTIES}/{first.json()['id']}", json={"label": "Changed since"}))
    again = await owner.client.post(PROPERTIES, json=house(), headers=named)
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert len(await whole(owner.client, PROPERTIES)) == 1


async def test_a_key_stands_for_one_payload_of_one_caller(accounts: Accounts) -> None:
    owner, other = await accounts.make(), await accounts.make()
    named = key()
    first = ok(await owner.client.post(PROPERTIES, json=house(), headers=named), 201)
    refused = await owner.client.post(PROPERTIES, json=house(label="Another"), headers=named)
    assert_problem(refused, 422, "idempotency-key-reused")
    assert ok(await other.client.post(PROPERTIES, json=house(), headers=named), 201)["id"] != first["id"]


async def test_a_refused_create_keeps_nothing(accounts: Accounts) -> None:
    owner = await accounts.make()
    named = key()
    assert_problem(await owner.client.post(PROPERTIES, json={}, headers=named), 422, "validation-failed")
    ok(await owner.client.post(PROPERTIES, json=house(), headers=named), 201)


@pytest.mark.both_engines
async def test_twenty_at_once_create_one(accounts: Accounts) -> None:
    owner = await accounts.make()
    named = key()

    async def create() -> httpx.Response:
        return await owner.client.post(PROPERTIES, json=house(), headers=named)

    answers = await asyncio.gather(*(create() for _ in range(20)))
    created = [one for one in answers if one.status_code == 201]
    assert len({one.content for one in created}) == 1
    assert len([one for one in created if "idempotent-replayed" not in one.headers]) == 1
    for one in answers:
        if one.status_code != 201:
            assert_problem(one, 409, "idempotency-in-flight")
    assert ids(await whole(owner.client, PROPERTIES)) == [created[0].json()["id"]]


async def test_a_key_is_free_again_after_a_day(accounts: Accounts, clock: MovableClock) -> None:
    owner = await accounts.make()
    named = key()
    first = ok(await owner.client.post(PROPERTIES, json=house(), headers=named), 201)
    clock.advance(timedelta(hours=25))
    await accounts.login(owner)
    second = await owner.client.post(PROPERTIES, json=house(label="A day later"), headers=named)
    assert ok(second, 201)["id"] != first["id"]
