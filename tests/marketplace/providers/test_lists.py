"""Lists of businesses: words, categories, places, orders and pages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.harness.accounts import Accounts, unique
from tests.harness.client import assert_problem
from tests.marketplace.payloads import LIGHTING, PROFILE, approve_business, business, ids, ok, publish, whole

# In the South Pacific, where no other test is: a business a row, ever further away.
HERE = "-40.0,-140.0"


def _word(word: str) -> str:
    return unique(word).replace("-", "")


async def _page(accounts: Accounts, name: str, *, east: float = 0, radius_km: int = 100, **changes: object) -> str:
    provider = await accounts.make("SERVICE_PROVIDER")
    base = {"latitude": -40.0, "longitude": -140.0 + east}
    made = await approve_business(provider, business_name=name, base_point=base, service_radius_km=radius_km, **changes)
    identifier: str = made["id"]
    return identifier


async def test_names_come_before_what_businesses_say(accounts: Accounts, client: httpx.AsyncClient) -> None:
    word = _word("Weir")
    said = await _page(accounts, "Some business", about=f"We build every {word} by hand, and have done so for long.")
    named = await _page(accounts, f"{word} builders", about="Short.")
    fuller = await _page(accounts, f"The {word} people", about="We have a lot to say about ourselves. " * 9)

    found = ok(await client.get("/providers", params={"q": f"{word[:-3]}", "include_total": True}))

    assert ids(found["items"]) == [fuller, named, said]
    assert found["total"] == 3
    assert ids(await whole(client, "/providers", {"q": word}, limit=1)) == [fuller, named, said]
    assert ids(await whole(client, "/providers", {"q": f"{word} hand"})) == [said]
    assert ids(await whole(client, "/providers", {"q": word, "sort": "-published_at"}, limit=1)) == [
        fuller,
        named,
        said,
    ]
    assert ok(await client.get("/providers", params={"q": '"'}))["items"] == []


async def test_an_edit_is_found_at_once_and_the_old_words_no_more(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    before, after = _word("Before"), _word("After")
    provider = await accounts.make("SERVICE_PROVIDER")
    made = await approve_business(provider, business_name=before)

    ok(await provider.client.put(PROFILE, json=business(business_name=after)))

    assert ids(ok(await client.get("/providers", params={"q": after}))["items"]) == [made["id"]]
    assert ok(await client.get("/providers", params={"q": before}))["items"] == []


async def test_names_are_sorted_as_they_are_folded(accounts: Accounts, client: httpx.AsyncClient) -> None:
    word = _word("Sorted")
    names = [f"Zürich {word}", f"Ärger {word}", f"argus {word}", f"ARGOS {word}", f"Żaba {word}", f"agent {word}"]
    made = {name: await _page(accounts, name) for name in names}

    found = await whole(client, "/providers", {"q": word, "sort": "name"})

    assert [one["business_name"].split()[0] for one in found] == ["agent", "Ärger", "ARGOS", "argus", "Żaba", "Zürich"]
    assert set(ids(found)) == set(made.values())


async def test_a_page_stays_where_it_is_while_others_come(accounts: Accounts, client: httpx.AsyncClient) -> None:
    word = _word("Steady")
    made = [await _page(accounts, f"{letter} {word}") for letter in "BCD"]

    async def another() -> None:
        await _page(accounts, f"A {word}")

    assert ids(await whole(client, "/providers", {"q": word, "sort": "name"}, limit=1, between=another)) == made


async def test_a_category_has_the_businesses_that_offer_something_below_it(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    word = _word("Offering")
    provider = await accounts.make("SERVICE_PROVIDER")
    lamps = (await approve_business(provider, business_name=f"{word} lamps"))["id"]
    made = await publish(provider, category_id=LIGHTING)
    await _page(accounts, f"{word} nothing")

    for order in ("relevance", "name", "-published_at"):
        for category, expected in ((made["category"]["slug"], [lamps]), ("electrical", [lamps]), ("plumbing", [])):
            query = {"q": word, "category": category, "sort": order, "include_total": True}
            found = ok(await client.get("/providers", params=query))
            assert (ids(found["items"]), found["total"]) == (expected, len(expected)), (category, order)
    assert (
        ok(await client.get("/providers", params={"category": "no-such-category", "include_total": True}))["total"] == 0
    )
    ok(await provider.client.post(f"/service-providers/services/{made['id']}/pause"))
    assert ok(await client.get("/providers", params={"q": word, "category": "electrical"}))["items"] == []


async def test_the_nearest_comes_first_and_who_does_not_come_is_left_out(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    word = _word("Afar")
    far = await _page(accounts, f"{word} far", east=0.9)
    near = await _page(accounts, f"{word} near", east=0.1)
    stays = await _page(accounts, f"{word} stays", east=0.5, radius_km=10)

    async def found(**query: object) -> list[str]:
        return ids(await whole(client, "/providers", {"q": word, "near": HERE, **query}, limit=1))

    assert await found(sort="distance") == [near, far]
    assert await found(sort="distance", include_remote=True) == [near, stays, far]
    assert await found(sort="distance", include_remote=True, radius_km=50) == [near, stays]
    assert set(await found()) == {near, far}
    assert await found(sort="name") == [far, near]
    shown = ok(await client.get("/providers", params={"q": word, "near": HERE, "sort": "distance"}))["items"]
    assert [one["distance_km"] for one in shown] == pytest.approx([8.5, 76.6], abs=0.8)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"sort": "relevance"}, "q"),
        ({"sort": "distance"}, "near"),
        ({"radius_km": 5}, "near"),
        ({"near": "1,1", "place": "01980000-0000-7000-8000-000000000f00"}, "place"),
        ({"sort": "price"}, "sort"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    client: httpx.AsyncClient, query: dict[str, Any], parameter: str
) -> None:
    problem = assert_problem(await client.get("/providers", params=query), 422, "validation-failed")
    assert [error["parameter"] for error in problem["errors"]] == [parameter]
