"""Facets count what each filter would leave, and suggestions follow what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from generated.models import CurrencyCode
from impl.marketplace.catalogue.service import RANKED_FOR_SUGGESTIONS
from tests.harness.accounts import Accounts, unique
from tests.harness.client import assert_problem
from tests.marketplace.payloads import DRAINS, LIGHTING, PLUMBING, TAPS, Json, approve_business, money, ok, publish

CURRENCY = list(CurrencyCode)[-2].value


async def _facets(client: httpx.AsyncClient, word: str, **filters: str | int) -> Json:
    return ok(await client.get("/services/facets", params={"q": word, **filters}))


def _counts(facets: Json, name: str, key: str) -> dict[Any, int]:
    """Return the counts above zero, by what they count."""
    assert not any(one["count"]["capped"] for one in facets[name])
    counts = {_label(one[key]): one["count"]["count"] for one in facets[name]}
    return {label: count for label, count in counts.items() if count}


def _label(value: Any) -> Any:  # noqa: ANN401 - of JSON
    return value["slug"] if isinstance(value, dict) else value


def _all(facets: Json) -> Mapping[str, dict[Any, int]]:
    keys = {"categories": "category", "pricing": "pricing", "prices": "min_price_minor"}
    return {name: _counts(facets, name, key) for name, key in keys.items()}


async def test_each_choice_is_counted_as_a_search_with_it_would(client: httpx.AsyncClient, accounts: Accounts) -> None:
    seller = await accounts.make("SERVICE_PROVIDER")
    await approve_business(seller)
    word = unique("faceted").replace("-", "")
    offers: list[tuple[str, Json]] = [
        (TAPS, {"kind": "FIXED", "price": money(3000, CURRENCY)}),
        (DRAINS, {"kind": "FIXED", "price": money(5000, CURRENCY)}),
        (LIGHTING, {"kind": "HOURLY", "price": money(9999, CURRENCY)}),
        (PLUMBING, {"kind": "QUOTE"}),
    ]
    for category_id, pricing in offers:
        await publish(seller, title=f"Offer of {word}", category_id=category_id, pricing=pricing)
    kinds = {"FIXED": 2, "HOURLY": 1, "QUOTE": 1}
    bands = {0: 1, 5000: 2}

    found = await _facets(client, word, currency=CURRENCY)
    assert _all(found) == {"categories": {"plumbing": 3, "electrical": 1}, "pricing": kinds, "prices": bands}
    groups = [one["slug"] for one in ok(await client.get("/categories"))["items"]]
    assert sorted(one["category"]["slug"] for one in found["categories"]) == sorted(groups)
    assert [one["max_price_minor"] for one in found["prices"]] == [4999, 9999, 24999, 49999, 99999, None]
    assert [(one["min_rating"], one["count"]["count"]) for one in found["ratings"]] == [(4, 0), (3, 0), (2, 0), (1, 0)]
    for facet in found["categories"]:
        page = ok(
            await client.get(
                "/services",
                params={
                    "q": word,
                    "currency": CURRENCY,
                    "category": facet["category"]["slug"],
                    "include_total": "true",
                },
            )
        )
        assert facet["count"] == {"count": page["total"], "capped": page["total_capped"]}

    below = await _facets(client, word, currency=CURRENCY, category="plumbing")
    assert _counts(below, "categories", "category") == {"tap-and-leak-repair": 1, "drain-cleaning": 1}
    assert _counts(below, "pricing", "pricing") == {"FIXED": 2, "QUOTE": 1}
    # A filter does not change its own counts, but those of the others.
    fixed = await _facets(client, word, currency=CURRENCY, pricing="FIXED")
    assert _all(fixed) == {"categories": {"plumbing": 2}, "pricing": kinds, "prices": {0: 1, 5000: 1}}
    cheap = await _facets(client, word, currency=CURRENCY, max_price_minor=3000)
    assert _all(cheap) == {"categories": {"plumbing": 1}, "pricing": {"FIXED": 1}, "prices": bands}
    assert (await _facets(client, word))["prices"] == []
    assert _all(await _facets(client, word, category="no-such-thing")) == {
        "categories": {},
        "pricing": {},
        "prices": {},
    }
    assert _all(await _facets(client, "🔧", currency=CURRENCY)) == {"categories": {}, "pricing": {}, "prices": {}}


@pytest.mark.parametrize(
    ("filters", "parameter"),
    [
        ({"min_price_minor": 1}, "currency"),
        ({"radius_km": 5}, "near"),
        ({"near": "45,-122", "place": PLUMBING}, "place"),
    ],
)
async def test_facets_refuse_what_a_search_refuses(
    client: httpx.AsyncClient, filters: dict[str, str | int], parameter: str
) -> None:
    problem = assert_problem(await client.get("/services/facets", params=filters), 422, "validation-failed")
    assert [error["parameter"] for error in problem["errors"]] == [parameter]


async def test_suggestions_follow_what_is_typed(client: httpx.AsyncClient, accounts: Accounts) -> None:
    seller = await accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(seller, business_name="Zwölfender Rohrwerk")
    made = [await publish(seller, title=title) for title in ("Zwickelwerk spült", "Zwickelwerk spült!", "Zwiebacks")]

    async def typed(text: str) -> Json:
        return ok(await client.get("/services/suggest", params={"q": text}))

    zwickel = await typed("ZWICK")
    assert [one["title"] for one in zwickel["services"]] in (["Zwickelwerk spült"], ["Zwickelwerk spült!"])
    assert zwickel["services"][0]["id"] in {one["id"] for one in made}
    assert (zwickel["categories"], zwickel["providers"]) == ([], [])
    business = {"id": profile["id"], "slug": profile["slug"], "business_name": "Zwölfender Rohrwerk"}
    for text in ("zwolf", "Zwölfender R", "rohrwerk zwo"):
        assert (await typed(text))["providers"] == [business], text
    assert len((await typed("zwolfender"))["services"]) == 2
    assert [one["slug"] for one in (await typed("leak ta"))["categories"]] == ["tap-and-leak-repair"]
    assert len((await typed("re"))["categories"]) == 5
    assert (await typed("r"))["categories"] == [], "one letter alone is a word of its own"
    # The best matches first, each title once: in the place of the better one.
    for title in ("Zwirbel richten", "Zwirbel prüfen", "Zwirbel richten"):
        await publish(seller, title=title)
    assert [one["title"] for one in (await typed("zwirb"))["services"]] == ["Zwirbel richten", "Zwirbel prüfen"]
    # A business is suggested by its name, however many better matches share a word with it, and without an offer too.
    crowd = await accounts.make("SERVICE_PROVIDER")
    await approve_business(crowd)
    for number in range(RANKED_FOR_SUGGESTIONS + 1):
        await publish(crowd, title=f"Zwirnerei Nummer {number}")
    named = await accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(named, business_name="Zwirnerei Zwo")
    assert [one["id"] for one in (await typed("zwirnerei"))["providers"]] == [profile["id"]]
    for text in ("🔧", "zzzzzz", "'"):
        assert await typed(text) == {"categories": [], "services": [], "providers": []}


async def test_a_business_out_of_sight_is_not_counted(client: httpx.AsyncClient, accounts: Accounts) -> None:
    staff = await accounts.staff()
    seller = await accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(seller)
    # A price of its own tells this offer apart where no text does.
    price = 31_415_926
    await publish(seller, category_id=TAPS, pricing={"kind": "HOURLY", "price": money(price, CURRENCY)})
    one: dict[str, str | int] = {"currency": CURRENCY, "min_price_minor": price, "max_price_minor": price}

    async def counted(**filters: str) -> tuple[dict[Any, int], dict[Any, int]]:
        facets = ok(await client.get("/services/facets", params={**one, **filters}))
        return _counts(facets, "categories", "category"), _counts(facets, "pricing", "pricing")

    assert await counted() == ({"plumbing": 1}, {"HOURLY": 1})
    assert await counted(category="plumbing") == ({"tap-and-leak-repair": 1}, {"HOURLY": 1})
    ok(await staff.client.post(f"/admin/providers/{profile['id']}/suspend", json={"note": "Nobody came."}))
    assert await counted() == ({}, {})
    assert await counted(category="plumbing") == ({}, {})
