"""The catalogue by place: who comes there, how far away they are, and the order by distance."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest

from generated.models import CurrencyCode
from tests.harness.accounts import Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.payloads import approve_business, business, ids, money, ok, publish, whole

# Around 180 degrees, where nobody else of these tests is: a provider a row, east or west of the date line.
HERE = "-17.0,180"
NEAR, ACROSS, FAR = (-17.0, 179.9), (-17.0, -179.8), (-17.0, 178.0)


async def _provider(accounts: Accounts, point: tuple[float, float], radius_km: int, **service: object) -> str:
    provider = await accounts.make("SERVICE_PROVIDER")
    base = {"latitude": point[0], "longitude": point[1]}
    await approve_business(provider, base_point=base, service_radius_km=radius_km)
    made = await publish(provider, **service)
    identifier: str = made["id"]
    return identifier


async def _found(client: httpx.AsyncClient, word: str, **parameters: object) -> list[str]:
    return ids(await whole(client, "/services", {"q": word, "near": HERE, **parameters}, limit=1))


async def test_only_who_comes_there_is_shown_and_the_nearest_first(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    word = unique("nearby").replace("-", "")
    title = {"title": f"Taps of {word}"}
    across = await _provider(accounts, ACROSS, 30, **title)
    near = await _provider(accounts, NEAR, 15, **title)
    far = await _provider(accounts, FAR, 100, **title)

    assert await _found(client, word, sort="distance") == [near, across]
    assert await _found(client, word, sort="distance", include_remote=True) == [near, across, far]
    assert await _found(client, word, sort="distance", include_remote=True, radius_km=20) == [near]
    assert set(await _found(client, word)) == {near, across}
    assert ok(await client.get("/services", params={"q": word, "near": HERE, "include_total": True}))["total"] == 2
    everywhere = ok(await client.get("/services", params={"q": word, "sort": "-published_at"}))["items"]
    assert [one["distance_km"] for one in everywhere] == [None, None, None]


async def test_distances_are_those_to_the_providers_square_kilometre(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    word = unique("afar").replace("-", "")
    await _provider(accounts, (64.15, -21.95), 50, title=f"Taps of {word}")
    # About a hundred metres away, in the same square.
    await _provider(accounts, (64.1507, -21.951), 50, title=f"Drains of {word}")

    found = ok(await client.get("/services", params={"q": word, "near": "64.35,-21.95", "sort": "distance"}))["items"]

    assert len(found) == 2
    assert len({one["distance_km"] for one in found}) == 1
    assert abs(found[0]["distance_km"] - 22.2) <= 0.8


async def test_a_moved_business_is_found_where_it_is_now(accounts: Accounts, client: httpx.AsyncClient) -> None:
    word = unique("moved").replace("-", "")
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider, base_point={"latitude": -17.0, "longitude": 179.99}, service_radius_km=20)
    made = await publish(provider, title=f"Taps of {word}")
    assert await _found(client, word) == [made["id"]]

    moved = business(base_point={"latitude": 40.0, "longitude": -3.0}, service_radius_km=20)
    ok(await provider.client.put("/service-providers/profile", json=moved))

    assert await _found(client, word) == []
    assert ids(await whole(client, "/services", {"q": word, "near": "40.01,-3"})) == [made["id"]]


async def test_a_place_stands_for_its_point(accounts: Accounts, client: httpx.AsyncClient, service: Service) -> None:
    town = "TOWN\t1\tFJ\t\tTaveuni\t-17.0000\t180.0000\t900"
    await service.services.marketplace.places.load(gzip.compress(town.encode(), mtime=0))
    place = ok(await client.get("/places", params={"q": "taveuni"}))["items"][0]["id"]
    word = unique("placed").replace("-", "")
    near = await _provider(accounts, NEAR, 15, title=f"Taps of {word}")

    found = await whole(client, "/services", {"q": word, "place": place, "sort": "distance"})

    assert ids(found) == [near]


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({"sort": "distance"}, "near"),
        ({"radius_km": 5}, "near"),
        ({"include_remote": "true"}, "near"),
        ({"near": "45,-122", "place": "01980000-0000-7000-8000-000000000f00"}, "place"),
        ({"place": "01980000-0000-7000-8000-000000000f00"}, "place"),
        ({"near": "91,0"}, "near"),
        ({"near": "0,180.5"}, "near"),
        ({"near": "45.5 -122.6"}, "near"),
        ({"near": "45,-122", "radius_km": 301}, "radius_km"),
    ],
)
async def test_what_says_no_point_is_refused(
    client: httpx.AsyncClient, parameters: dict[str, Any], parameter: str
) -> None:
    problem = assert_problem(await client.get("/services", params=parameters), 422, "validation-failed")

    assert [error["parameter"] for error in problem["errors"]] == [parameter]


async def test_every_filter_and_order_goes_with_a_place(accounts: Accounts, client: httpx.AsyncClient) -> None:
    word = unique("combined").replace("-", "")
    currency = list(CurrencyCode)[-1].value
    near = await _provider(
        accounts, NEAR, 15, title=f"Taps of {word}", pricing={"kind": "FIXED", "price": money(900, currency)}
    )
    prices = {"currency": currency, "min_price_minor": 100, "max_price_minor": 1000}

    for order in ("relevance", "published_at", "-published_at", "price", "-price", "distance"):
        assert await _found(client, word, sort=order, category="plumbing", pricing="FIXED", **prices) == [near]
        assert await _found(client, word, sort=order, currency=currency) == [near]
        assert await _found(client, word, sort=order, **prices, radius_km=1) == []
