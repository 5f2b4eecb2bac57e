"""Services and businesses are sorted, filtered and counted by the ratings of their providers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tests.harness.accounts import Accounts, unique
from tests.marketplace.payloads import DRAINS, TAPS, Json, approve_business, ids, ok, publish, whole

if TYPE_CHECKING:
    import httpx

    from impl.marketplace.capabilities.ratings.service import Stars
    from tests.harness.accounts import Account
    from tests.harness.clock import MovableClock
    from tests.harness.service import Service


def _stars(rating: int) -> Stars:
    return {"rating": rating, "punctuality": None, "quality": None, "value": None}


async def _rate(service: Service, seller: Account, *reviews: int) -> None:
    """Count reviews as their publication does."""
    whose = UUID(ok(await seller.client.get("/users/me"))["id"])
    async with service.services.database.begin() as tx:
        for rating in reviews:
            await service.services.marketplace.ratings.change(tx, whose, None, _stars(rating))


async def _take_back(service: Service, seller: Account, *reviews: int) -> None:
    whose = UUID(ok(await seller.client.get("/users/me"))["id"])
    async with service.services.database.begin() as tx:
        for rating in reviews:
            await service.services.marketplace.ratings.change(tx, whose, _stars(rating), None)


async def test_the_best_rated_come_first_in_every_list(
    client: httpx.AsyncClient, accounts: Accounts, service: Service
) -> None:
    word = unique("rated").replace("-", "")
    sellers: dict[str, Account] = {}
    pages: dict[str, str] = {}
    offers: dict[str, Json] = {}
    for name, stars in (("one", (5,)), ("none", ()), ("many", (5, 5, 5, 4) * 3), ("poor", (2, 3)), ("late", (4,))):
        sellers[name] = await accounts.make("SERVICE_PROVIDER")
        pages[name] = (await approve_business(sellers[name], business_name=f"{word} {name}"))["id"]
        if name != "late":
            offers[name] = await publish(sellers[name], title=f"Offer of {word}", category_id=TAPS)
        await _rate(service, sellers[name], *stars)
    # Published after it was rated; of equals the newer comes first.
    offers["late"] = await publish(sellers["late"], title=f"Offer of {word}", category_id=DRAINS)
    best = ["many", "one", "late", "none", "poor"]

    async def services(**filters: str | int) -> list[str]:
        found = await whole(client, "/services", {"q": word, "sort": "rating", **filters}, limit=1)
        return [next(name for name, offer in offers.items() if offer["id"] == one["id"]) for one in found]

    async def businesses(**filters: str | int) -> list[str]:
        found = ids(await whole(client, "/providers", {"q": word, "sort": "rating", **filters}, limit=2))
        return [next(name for name, page in pages.items() if page == one) for one in found]

    assert await services() == best
    assert await businesses() == best
    assert await services(category="tap-and-leak-repair") == ["many", "one", "none", "poor"]
    means = {"many": 4.8, "one": 5.0, "late": 4.0, "none": None, "poor": 2.5}
    listed = {one["id"]: one["provider_rating"] for one in await whole(client, "/services", {"q": word}, limit=2)}
    assert listed == {offer["id"]: means[name] for name, offer in offers.items()}
    numbers = {one["id"]: one["rating"]["review_count"] for one in await whole(client, "/providers", {"q": word})}
    counted = {
        one["provider"]["id"]: one["provider_review_count"] for one in await whole(client, "/services", {"q": word})
    }
    assert counted == numbers
    # The mean is compared as it is shown: 2.5 is below 3, and who has no reviews is left out.
    assert await services(min_rating=4) == await businesses(min_rating=4) == ["many", "one", "late"]
    assert await businesses(min_rating=5) == ["one"]
    ranked = await whole(client, "/services", {"q": word, "min_rating": 3}, limit=2)
    assert sorted(ids(ranked)) == sorted(offers[name]["id"] for name in ("many", "one", "late"))
    found = await whole(client, "/providers", {"q": word, "min_rating": 3, "sort": "relevance"}, limit=2)
    assert sorted(ids(found)) == sorted(pages[name] for name in ("many", "one", "late"))

    facets = ok(await client.get("/services/facets", params={"q": word, "min_rating": 5}))
    assert [(one["min_rating"], one["count"]["count"]) for one in facets["ratings"]] == [(4, 3), (3, 3), (2, 4), (1, 4)]
    assert sum(one["count"]["count"] for one in facets["categories"]) == 1
    # Without a text each count is a range of an index: the same, for those who can be told apart by their page.
    for filters in ({"category": "tap-and-leak-repair"}, {}):
        counted = ok(await client.get("/services/facets", params=filters))["ratings"]
        for one in counted:
            asked = {**filters, "min_rating": one["min_rating"], "include_total": True, "limit": 1}
            assert ok(await client.get("/services", params=asked))["total"] == one["count"]["count"]

    # Pages go on where they were while a rating falls.
    first = ok(await client.get("/services", params={"q": word, "sort": "rating", "limit": 1}))
    await _take_back(service, sellers["one"], 5)
    rest = {"q": word, "sort": "rating", "limit": 9, "cursor": first["next_cursor"]}
    left = ids(ok(await client.get("/services", params=rest))["items"])
    assert left[0] == offers["late"]["id"]
    assert sorted(left[1:3]) == sorted(offers[name]["id"] for name in ("one", "none"))


async def test_the_page_of_a_service_shows_what_its_provider_is_rated_now(
    client: httpx.AsyncClient, accounts: Accounts, service: Service, clock: MovableClock
) -> None:
    seller = await accounts.make("SERVICE_PROVIDER")
    await approve_business(seller)
    path = f"/services/{(await publish(seller))['id']}"
    before = await client.get(path)
    assert ok(before)["provider_rating"] is None
    clock.advance(timedelta(minutes=1))
    await _rate(service, seller, 5, 4)

    # Also for whoever asks by the time alone, which is that of the last review.
    after = await client.get(path, headers={"If-Modified-Since": before.headers["last-modified"]})
    assert (ok(after)["provider_rating"], ok(after)["provider_review_count"]) == (4.5, 2)
