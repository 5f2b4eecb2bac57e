"""A provider's services over HTTP: every operation, and no access to other people's."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from impl.marketplace.capabilities.listings.tables import Listing
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.payloads import (
    DRAINS,
    NOBODYS,
    PROFILE,
    SERVICES,
    TAPS,
    Json,
    add,
    approve_business,
    business,
    ids,
    job,
    money,
    ok,
    publish,
    whole,
)

PRICINGS: list[Json] = [
    {"kind": "FIXED", "price": money(0)},
    {"kind": "HOURLY", "price": money(9500, "EUR")},
    {"kind": "STARTING_AT", "price": money(100_000_000_000, "JPY")},
    {"kind": "PER_UNIT", "price": money(85), "unit": "window"},
    {"kind": "QUOTE"},
]


@pytest.mark.parametrize("pricing", PRICINGS, ids=lambda one: str(one["kind"]))
async def test_a_service_is_created_and_read_as_it_was_given(accounts: Accounts, pricing: Json) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    answer = await provider.client.post(SERVICES, json=job(pricing=pricing))
    made = ok(answer, 201)
    given = job(pricing=pricing)
    assert made["category"] == {
        "id": given.pop("category_id"),
        "slug": "tap-and-leak-repair",
        "name": "Tap and leak repair",
    }
    assert {name: made[name] for name in given} == given
    assert (made["state"], made["provider"], made["published_at"]) == ("DRAFT", None, None)
    assert (made["review_note"], made["has_pending_changes"]) == (None, False)
    read = await provider.client.get(answer.headers["location"].removeprefix("/api/v1"))
    assert read.json() == made
    assert read.headers["etag"] == answer.headers["etag"]
    same = await provider.client.get(f"{SERVICES}/{made['id']}", headers={"If-None-Match": read.headers["etag"]})
    assert same.status_code == 304


async def test_a_patch_keeps_what_is_absent_and_clears_what_is_null(accounts: Accounts) -> None:
    provider = await accounts.provider()
    made = await add(provider)
    path = f"{SERVICES}/{made['id']}"
    changed = ok(await provider.client.patch(path, json={"duration_minutes": None, "tags": ["kitchen"]}))
    assert changed == {**made, "duration_minutes": None, "tags": ["kitchen"], "updated_at": changed["updated_at"]}
    priced = ok(await provider.client.patch(path, json={"pricing": {"kind": "QUOTE"}, "category_id": DRAINS}))
    assert priced["pricing"] == {"kind": "QUOTE"}
    assert priced["category"]["slug"] == "drain-cleaning"
    for patch in ({"title": None}, {"pricing": None}, {"tags": None}, {"category_id": None}):
        assert_problem(await provider.client.patch(path, json=patch), 422, "validation-failed")
    before = await provider.client.get(path)
    same = await provider.client.patch(path, json={"tags": ["kitchen"]})
    assert (same.json(), same.headers["etag"]) == (before.json(), before.headers["etag"])


async def test_a_replacement_clears_what_it_leaves_out(accounts: Accounts) -> None:
    provider = await accounts.provider()
    made = await add(provider)
    least = {name: job()[name] for name in ("category_id", "title", "description", "pricing")}
    replaced = ok(await provider.client.put(f"{SERVICES}/{made['id']}", json=least))
    assert (replaced["duration_minutes"], replaced["tags"]) == (None, [])


async def test_an_unknown_category_is_not_found(accounts: Accounts) -> None:
    provider = await accounts.provider()
    made = await add(provider)
    path = f"{SERVICES}/{made['id']}"
    assert_problem(await provider.client.post(SERVICES, json=job(category_id=NOBODYS)), 404, "not-found")
    assert_problem(await provider.client.put(path, json=job(category_id=NOBODYS)), 404, "not-found")
    assert_problem(await provider.client.patch(path, json={"category_id": NOBODYS}), 404, "not-found")
    assert ok(await provider.client.get(path)) == made


async def test_a_stale_version_is_not_overwritten(accounts: Accounts) -> None:
    provider = await accounts.provider()
    answer = await provider.client.post(SERVICES, json=job())
    path, first = f"{SERVICES}/{ok(answer, 201)['id']}", answer.headers["etag"]
    second = (await provider.client.patch(path, json={"title": "Second"}, headers={"If-Match": first})).headers["etag"]
    for send in (
        provider.client.patch(path, json={"title": "Third title"}, headers={"If-Match": first}),
        provider.client.put(path, json=job(), headers={"If-Match": first}),
        provider.client.delete(path, headers={"If-Match": first}),
    ):
        assert_problem(await send, 412, "precondition-failed")
    assert (await provider.client.delete(path, headers={"If-Match": second})).status_code == 204


async def test_the_tag_changes_with_the_business_too(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    path = f"{SERVICES}/{(await add(provider))['id']}"
    tag = (await provider.client.get(path)).headers["etag"]
    ok(await provider.client.put(PROFILE, json=business(business_name="Renamed")))
    fresh = await provider.client.get(path, headers={"If-None-Match": tag})
    assert ok(fresh)["provider"]["business_name"] == "Renamed"


@pytest.mark.both_engines
async def test_a_deleted_service_is_gone_for_everyone(accounts: Accounts, service: Service) -> None:
    provider, reader = await accounts.make("SERVICE_PROVIDER"), await accounts.homeowner()
    await approve_business(provider)
    made = await publish(provider)
    path = f"{SERVICES}/{made['id']}"
    assert (await provider.client.delete(path)).status_code == 204
    for answer in (
        await provider.client.get(path),
        await provider.client.put(path, json=job()),
        await provider.client.patch(path, json={"title": "Back again"}),
        await provider.client.delete(path),
        await provider.client.post(f"{path}/submit"),
        await provider.client.post(f"{path}/pause"),
        await provider.client.post(f"{path}/resume"),
        await reader.client.get(path),
        await reader.client.get(f"/services/{made['id']}"),
    ):
        assert_problem(answer, 404, "not-found")
    assert await whole(provider.client, SERVICES) == []
    assert await whole(provider.client, SERVICES, {"state": "ARCHIVED"}) == []
    async with service.services.database.begin() as tx:
        live = (await tx.execute(select(Listing.live).where(Listing.service_id == UUID(made["id"])))).scalar_one()
    assert not live


async def test_somebody_elses_draft_is_not_there(accounts: Accounts) -> None:
    provider, stranger, reader = (
        await accounts.make("SERVICE_PROVIDER"),
        await accounts.provider(),
        await accounts.homeowner(),
    )
    made = await add(provider)
    path = f"{SERVICES}/{made['id']}"
    assert_problem(await reader.client.get(path), 404, "not-found")
    for method, suffix, body in (
        ("GET", "", None),
        ("PUT", "", job()),
        ("PATCH", "", {"title": "Mine now"}),
        ("DELETE", "", None),
        ("POST", "/submit", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
    ):
        refusals = [
            assert_problem(await stranger.client.request(method, f"{one}{suffix}", json=body), 404, "not-found")
            for one in (path, f"{SERVICES}/{NOBODYS}")
        ]
        told = [{k: v for k, v in one.items() if k not in {"instance", "request_id"}} for one in refusals]
        assert told[0] == told[1]
    assert ok(await provider.client.get(path)) == made


async def test_somebody_elses_published_service_can_be_read_only(accounts: Accounts) -> None:
    provider, stranger, reader = (
        await accounts.make("SERVICE_PROVIDER"),
        await accounts.provider(),
        await accounts.homeowner(),
    )
    await approve_business(provider)
    made = await publish(provider)
    path = f"{SERVICES}/{made['id']}"
    for one in (stranger, reader):
        assert ok(await one.client.get(path)) == made
    assert_problem(await stranger.client.patch(path, json={"title": "Mine now"}), 404, "not-found")
    assert_problem(await stranger.client.post(f"{path}/pause"), 404, "not-found")
    assert_problem(await reader.client.delete(path), 403, "forbidden")


@pytest.mark.both_engines
async def test_a_create_is_idempotent(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    key = {"Idempotency-Key": str(uuid4())}
    answers = await asyncio.gather(*(provider.client.post(SERVICES, json=job(), headers=key) for _ in range(20)))
    created = [one for one in answers if one.status_code == 201]
    assert len({one.content for one in created}) == 1
    for one in answers:
        if one.status_code != 201:
            assert_problem(one, 409, "idempotency-in-flight")
    replayed = await provider.client.post(SERVICES, json=job(), headers=key)
    assert replayed.content == created[0].content
    assert replayed.headers["idempotent-replayed"] == "true"
    refused = await provider.client.post(SERVICES, json=job(title="Another"), headers=key)
    assert_problem(refused, 422, "idempotency-key-reused")
    assert ids(await whole(provider.client, SERVICES)) == [created[0].json()["id"]]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"provider_id": NOBODYS}, "/provider_id"),
        ({"state": "PUBLISHED"}, "/state"),
        ({"title": "Tap"}, "/title"),
        ({"title": "nul\x00nul"}, "/title"),
        ({"description": ""}, "/description"),
        ({"pricing": {"kind": "FIXED"}}, "/pricing/price"),
        ({"pricing": {"kind": "QUOTE", "price": {"amount_minor": 1, "currency": "USD"}}}, "/pricing/price"),
        (
            {"pricing": {"kind": "FIXED", "price": {"amount_minor": -1, "currency": "USD"}}},
            "/pricing/price/amount_minor",
        ),
        ({"pricing": {"kind": "FIXED", "price": {"amount_minor": 1, "currency": "ZZZ"}}}, "/pricing/price/currency"),
        ({"duration_minutes": 4}, "/duration_minutes"),
        ({"tags": ["tap", "tap"]}, "/tags"),
        ({"tags": ["Tap"]}, "/tags/0"),
        ({"category_id": "taps"}, "/category_id"),
    ],
)
async def test_input_that_breaks_the_contract_is_pointed_at(accounts: Accounts, change: Json, pointer: str) -> None:
    provider = await accounts.provider()
    problem = assert_problem(await provider.client.post(SERVICES, json=job(**change)), 422, "validation-failed")
    assert pointer in [error["pointer"] for error in problem["errors"]]


async def test_limits_of_the_contract_fit_the_columns(accounts: Accounts) -> None:
    provider = await accounts.provider()
    await add(
        provider,
        title="\U0001f527" * 120,
        description="\U0001f527" * 4000,
        pricing={"kind": "PER_UNIT", "price": money(100_000_000_000), "unit": "ß" * 30},
        duration_minutes=100_000,
        tags=[f"{'a' * 29}{n}" for n in range(10)],
    )


@pytest.mark.both_engines
async def test_ones_own_are_listed_with_filters_and_pages(accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider)
    made = [(await add(provider, category_id=DRAINS if n % 2 else TAPS))["id"] for n in range(5)]
    ok(await provider.client.post(f"{SERVICES}/{made[1]}/submit"))

    async def found(**parameters: str) -> list[str]:
        return ids(await whole(provider.client, SERVICES, parameters))

    assert await found() == made[::-1]
    assert await found(sort="created_at", scope="mine") == made
    assert await found(category="drain-cleaning") == [made[3], made[1]]
    assert await found(category="plumbing") == made[::-1]
    assert await found(category="lighting") == []
    assert await found(category="no-such-slug") == []
    assert await found(state="PUBLISHED") == [made[1]]
    assert await found(state="DRAFT", category="drain-cleaning") == [made[3]]
    counted = ok(await provider.client.get(SERVICES, params={"state": "DRAFT", "include_total": "true", "limit": 1}))
    assert (counted["total"], counted["total_capped"]) == (4, False)


@pytest.mark.both_engines
async def test_the_scope_follows_the_permissions(accounts: Accounts) -> None:
    provider, reader = await accounts.make("SERVICE_PROVIDER"), await accounts.homeowner()
    await approve_business(provider)
    draft, shown = await add(provider), await publish(provider)
    assert ids(await whole(provider.client, SERVICES)) == [shown["id"], draft["id"]]
    for parameters in ({}, {"scope": "catalog"}, {"state": "PUBLISHED"}):
        listed = await whole(reader.client, SERVICES, parameters, limit=100)
        assert [one for one in listed if one["id"] == shown["id"]] == [shown]
        assert draft["id"] not in ids(listed)
        assert {one["state"] for one in listed} == {"PUBLISHED"}
    listed = await whole(provider.client, SERVICES, {"scope": "catalog", "category": "plumbing"}, limit=100)
    assert shown["id"] in ids(listed)
    assert await whole(reader.client, SERVICES, {"state": "DRAFT"}) == []
    empty = ok(await reader.client.get(SERVICES, params={"state": "DRAFT", "include_total": "true"}))
    assert (empty["items"], empty["total"]) == ([], 0)
    assert_problem(await reader.client.get(SERVICES, params={"scope": "mine"}), 403, "forbidden")
    assert_problem(await reader.client.post(SERVICES, json=job()), 403, "forbidden")


async def test_a_cursor_is_good_for_its_own_list_only(accounts: Accounts) -> None:
    provider, other = await accounts.make("SERVICE_PROVIDER"), await accounts.make("SERVICE_PROVIDER")
    for one in (provider, other):
        for _ in range(2):
            await add(one)
    cursor = ok(await provider.client.get(SERVICES, params={"limit": 1}))["next_cursor"]
    for client, parameters in (
        (other.client, {"cursor": cursor}),
        (provider.client, {"cursor": cursor, "sort": "created_at"}),
        (provider.client, {"cursor": cursor, "state": "DRAFT"}),
        (provider.client, {"cursor": cursor, "scope": "catalog"}),
    ):
        assert_problem(await client.get(SERVICES, params=parameters), 422, "invalid-cursor")
