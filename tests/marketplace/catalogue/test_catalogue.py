"""The public catalogue: results, their order, and content that is never shown."""

import asyncio
from typing import Any

import httpx
import pytest

from generated.models import CurrencyCode
from tests.harness.accounts import Account, unique
from tests.harness.client import assert_problem
from tests.marketplace.payloads import (
    DRAINS,
    LIGHTING,
    PLUMBING,
    PROFILE,
    SERVICES,
    TAPS,
    Json,
    add,
    business,
    ids,
    money,
    ok,
    publish,
    whole,
)

# How the ids of the categories begin that a migration has made.
SEEDED = "01980000-0000-7000-8000-"
# Services of one test among those of all: each test prices in a currency that it shares with no other.
_CURRENCIES = (code.value for code in CurrencyCode if code.value != "USD")


async def _mine(client: httpx.AsyncClient, seller: Account, parameters: dict[str, Any], *, limit: int = 3) -> list[str]:
    """Search to the end, and keep what the seller offers: other tests publish at the same time."""
    own = set(ids(await whole(seller.client, SERVICES, limit=100)))
    return [one for one in ids(await whole(client, "/services", parameters, limit=limit)) if one in own]


async def test_the_tree_has_groups_and_leaves_that_stay(client: httpx.AsyncClient) -> None:
    answer = await client.get("/categories")
    # Without those that other tests have added.
    groups = [group for group in ok(answer)["items"] if group["id"].startswith(SEEDED)]
    leaves = [leaf for group in groups for leaf in group["children"] if leaf["id"].startswith(SEEDED)]
    assert (len(groups), len(leaves)) == (12, 83)
    assert groups[0]["id"] == PLUMBING
    assert leaves[0] == {"id": TAPS, "slug": "tap-and-leak-repair", "name": "Tap and leak repair", "children": []}
    assert all(leaf["children"] == [] for leaf in leaves)
    assert len({one["slug"] for one in groups + leaves}) == 95
    assert answer.headers["cache-control"] == "public, max-age=300"
    same = await client.get("/categories", headers={"If-None-Match": answer.headers["etag"]})
    assert same.status_code == 304


async def test_a_published_service_shows_what_everyone_may_see(client: httpx.AsyncClient, seller: Account) -> None:
    made = await publish(seller)
    answer = await client.get(f"/services/{made['id']}")
    shown = ok(answer)
    beside: Json = {"distance_km": None, "photo": None, "photos": [], "provider_rating": None}
    # The town is that of the places that another test may have loaded.
    beside |= {name: shown[name] for name in ("provider_town", "provider_town_coordinates")}
    beside |= {"provider_review_count": 0, "provider_verified": False}
    assert shown == beside | {name: made[name] for name in shown if name not in beside}
    assert not {"state", "review_note", "has_pending_changes"} & shown.keys()
    assert answer.headers["cache-control"] == "public, max-age=30"
    same = await client.get(f"/services/{made['id']}", headers={"If-None-Match": answer.headers["etag"]})
    assert same.status_code == 304
    # Public operations ignore who asks.
    known = await client.get(f"/services/{made['id']}", headers={"Authorization": "Bearer nonsense"})
    assert known.json() == shown


async def test_what_is_private_to_a_business_stays_there(client: httpx.AsyncClient, seller: Account) -> None:
    made = await publish(seller)
    secrets = business()
    for path in (f"/services/{made['id']}", "/services?category=plumbing&limit=100"):
        text = (await client.get(path)).text
        assert secrets["phone"] not in text
        assert "45.5231" not in text
        assert seller.email not in text


async def test_drafts_are_never_found(client: httpx.AsyncClient, seller: Account) -> None:
    draft = await add(seller)
    assert_problem(await client.get(f"/services/{draft['id']}"), 404, "not-found")
    assert await _mine(client, seller, {}, limit=100) == []


async def test_a_category_brings_its_subtree(client: httpx.AsyncClient, seller: Account) -> None:
    taps, drains, lamps = [(await publish(seller, category_id=one))["id"] for one in (TAPS, DRAINS, LIGHTING)]
    group = (await publish(seller, category_id=PLUMBING))["id"]
    assert await _mine(client, seller, {"category": "plumbing"}, limit=50) == [group, drains, taps]
    assert await _mine(client, seller, {"category": "drain-cleaning"}, limit=50) == [drains]
    assert await _mine(client, seller, {"category": "electrical"}, limit=50) == [lamps]
    assert await _mine(client, seller, {"category": "roofing-gutters"}, limit=50) == []
    empty = ok(await client.get("/services", params={"category": "no-such-thing", "include_total": "true"}))
    assert (empty["items"], empty["total"], empty["next_cursor"]) == ([], 0, None)


async def _price_list(seller: Account, currency: str) -> dict[str, str]:
    pricings: dict[str, Json] = {
        "cheap": {"kind": "FIXED", "price": money(1000, currency)},
        "hourly": {"kind": "HOURLY", "price": money(5000, currency)},
        "equal": {"kind": "STARTING_AT", "price": money(5000, currency)},
        "dear": {"kind": "PER_UNIT", "price": money(90000, currency), "unit": "door"},
        "quote": {"kind": "QUOTE"},
        "foreign": {"kind": "FIXED", "price": money(10, "USD")},
    }
    return {name: (await publish(seller, pricing=pricing))["id"] for name, pricing in pricings.items()}


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_prices_sort_within_a_currency_and_quotes_come_last(
    client: httpx.AsyncClient, seller: Account, limit: int
) -> None:
    currency = next(_CURRENCIES)
    made = await _price_list(seller, currency)
    known = {one: name for name, one in made.items()}

    async def found(**parameters: object) -> list[str]:
        given = {"currency": currency, **parameters}
        return [known[one] for one in await _mine(client, seller, given, limit=limit)]

    assert await found(sort="price") == ["cheap", "hourly", "equal", "dear", "quote"]
    assert await found(sort="-price") == ["dear", "hourly", "equal", "cheap", "quote"]
    assert await found(sort="price", min_price_minor=1001) == ["hourly", "equal", "dear"]
    assert await found(sort="-price", min_price_minor=1000, max_price_minor=5000) == ["hourly", "equal", "cheap"]
    assert await found(sort="price", max_price_minor=999) == []
    assert await found(sort="price", pricing="QUOTE") == ["quote"]
    assert await found(sort="published_at", pricing="HOURLY") == ["hourly"]
    assert await found(sort="published_at") == ["cheap", "hourly", "equal", "dear", "quote"]
    assert await found() == ["quote", "dear", "equal", "hourly", "cheap"]


@pytest.mark.parametrize(
    "parameters", [{"min_price_minor": 1}, {"max_price_minor": 1}, {"sort": "price"}, {"sort": "-price"}]
)
async def test_prices_need_a_currency(client: httpx.AsyncClient, parameters: dict[str, str]) -> None:
    problem = assert_problem(await client.get("/services", params=parameters), 422, "validation-failed")
    assert [error["parameter"] for error in problem["errors"]] == ["currency"]


@pytest.mark.parametrize("sort", ["published_at", "-published_at", "price", "-price"])
async def test_pages_are_complete_while_others_publish(client: httpx.AsyncClient, seller: Account, sort: str) -> None:
    currency = next(_CURRENCIES)

    async def one(amount: int) -> str:
        made: str = (await publish(seller, pricing={"kind": "FIXED", "price": money(amount, currency)}))["id"]
        return made

    made = [await one(amount) for amount in (300, 100, 200, 200, 100, 300, 200)]
    parameters = {"currency": currency, "sort": sort, "pricing": "FIXED", "min_price_minor": 1}
    found = ids(await whole(client, "/services", parameters, limit=2, between=lambda: one(200)))
    assert len(found) == len(set(found))
    assert {one for one in found if one in made} == set(made)
    assert [one for one in found if one in made] == [
        one for one in await _mine(client, seller, parameters) if one in made
    ]


async def test_the_total_is_counted_when_asked_for(client: httpx.AsyncClient, seller: Account) -> None:
    currency = next(_CURRENCIES)
    for _ in range(3):
        await publish(seller, pricing={"kind": "FIXED", "price": money(1, currency)})
    parameters: dict[str, str | int] = {"currency": currency, "max_price_minor": 1, "include_total": "true", "limit": 1}
    page = ok(await client.get("/services", params=parameters))
    assert (page["total"], page["total_capped"], len(page["items"])) == (3, False, 1)


async def test_a_cursor_is_good_for_its_own_search_only(client: httpx.AsyncClient, seller: Account) -> None:
    await asyncio.gather(publish(seller), publish(seller))
    cursor = ok(await client.get("/services", params={"limit": 1}))["next_cursor"]
    for parameters in (
        {"sort": "published_at"},
        {"sort": "price", "currency": "USD"},
        {"category": "plumbing"},
        {"pricing": "FIXED"},
    ):
        refused = await client.get("/services", params={**parameters, "cursor": cursor})
        assert_problem(refused, 422, "invalid-cursor")
    ok(await client.get("/services", params={"cursor": cursor, "limit": 2}))
    cursor_of_mine = ok(await seller.client.get(SERVICES, params={"limit": 1}))["next_cursor"]
    assert_problem(await client.get("/services", params={"cursor": cursor_of_mine}), 422, "invalid-cursor")


async def test_the_same_page_has_the_same_tag(client: httpx.AsyncClient, seller: Account) -> None:
    currency = next(_CURRENCIES)
    for _ in range(2):
        await publish(seller, pricing={"kind": "FIXED", "price": money(1, currency)})
    parameters: dict[str, str | int] = {"currency": currency, "min_price_minor": 1, "limit": 1}
    first = await client.get("/services", params=parameters)
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await client.get("/services", params=parameters, headers=tag)).status_code == 304
    ok(await seller.client.put(PROFILE, json=business(business_name=unique("Renamed"))))
    assert (await client.get("/services", params=parameters, headers=tag)).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "category=%27%3B+DROP+TABLE+listings%3B--",
        "category=PLUMBING",
        "category=plumbing%00",
        "currency=usd",
        "currency=ZZZ",
        "min_price_minor=-1&currency=USD",
        "min_price_minor=1e3&currency=USD",
        "max_price_minor=99999999999999999999&currency=USD",
        "sort=stars",
        "min_rating=6",
        "pricing=FREE",
        "limit=101",
        "state=DRAFT",
        "include_total=1",
        "cursor=%C3%A4",
        "cursor=%00",
        "category=plumbing&category=electrical",
    ],
)
async def test_hostile_queries_are_refused(client: httpx.AsyncClient, query: str) -> None:
    refused = await client.get(f"/services?{query}")
    assert refused.status_code == 422, refused.text
