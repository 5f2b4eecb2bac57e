"""Favourites over HTTP: each once, a bounded number, and shown as the catalogue shows them now."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from impl.kernel.ids import new_id
from impl.marketplace.favourites.repository import page_query
from impl.marketplace.favourites.service import MOST
from impl.marketplace.favourites.tables import Favourite, FavouriteKind
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.plans import plan_of
from tests.harness.service import Service
from tests.marketplace.payloads import PROFILE, SERVICES, Json, ids, ok, publish, whole

FAVOURITES = "/homeowners/favourites"


@pytest.fixture
async def keeper(accounts: Accounts) -> Account:
    return await accounts.make("HOMEOWNER")


async def keep(keeper: Account, kind: str, subject_id: str) -> Json:
    return ok(await keeper.client.put(f"{FAVOURITES}/{kind}/{subject_id}"))


@pytest.mark.both_engines
async def test_what_is_kept_is_listed_as_the_catalogue_shows_it(seller: Account, keeper: Account) -> None:
    listings = [await publish(seller) for _ in range(3)]
    profile = ok(await seller.client.get(PROFILE))
    for listing in listings:
        await keep(keeper, "services", listing["id"])
    kept = await keep(keeper, "providers", profile["id"])
    assert (kept["kind"], kept["available"], kept["service"]) == ("PROVIDER", True, None)
    assert kept["provider"]["business_name"] == profile["business_name"]

    found = await whole(keeper.client, FAVOURITES, limit=2)
    assert ids(found) == [profile["id"], *ids(listings)[::-1]]
    offers = await whole(keeper.client, f"/providers/{profile['slug']}/services", limit=2)
    assert found[1]["service"] == next(one for one in offers if one["id"] == listings[2]["id"])
    alone = ok(await keeper.client.get(f"/services/{listings[2]['id']}"))
    assert {name: found[1]["service"].get(name, []) for name in alone} == alone
    assert ids(await whole(keeper.client, FAVOURITES, {"kind": "SERVICE"}, limit=2)) == ids(listings)[::-1]
    counted = ok(await keeper.client.get(FAVOURITES, params={"kind": "PROVIDER", "include_total": "true"}))
    assert (ids(counted["items"]), counted["total"]) == ([profile["id"]], 1)

    ok(await seller.client.patch(f"{SERVICES}/{listings[0]['id']}", json={"title": "Another title"}))
    assert (await whole(keeper.client, FAVOURITES))[-1]["service"]["title"] == "Another title"


@pytest.mark.both_engines
async def test_keeping_and_dropping_again_change_nothing(seller: Account, keeper: Account) -> None:
    listing = await publish(seller)
    path = f"{FAVOURITES}/services/{listing['id']}"
    answers = await asyncio.gather(*(keeper.client.put(path) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {200: 8}
    assert len({answer.json()["kept_at"] for answer in answers}) == 1
    assert len(await whole(keeper.client, FAVOURITES)) == 1
    for _ in range(2):
        ok(await keeper.client.delete(path), 204)
    assert await whole(keeper.client, FAVOURITES) == []


async def test_what_is_not_shown_any_more_is_unavailable_and_says_no_more(seller: Account, keeper: Account) -> None:
    paused, deleted = await publish(seller), await publish(seller)
    for listing in (paused, deleted):
        await keep(keeper, "services", listing["id"])
    ok(await seller.client.post(f"{SERVICES}/{paused['id']}/pause"))
    ok(await seller.client.delete(f"{SERVICES}/{deleted['id']}"), 204)

    found = await whole(keeper.client, FAVOURITES)
    assert ids(found) == [deleted["id"], paused["id"]]
    for one in found:
        told = {name: value for name, value in one.items() if name not in {"id", "kept_at"}}
        assert told == {"kind": "SERVICE", "available": False, "service": None, "provider": None}
    assert (await keep(keeper, "services", paused["id"]))["available"] is False
    ok(await seller.client.post(f"{SERVICES}/{paused['id']}/resume"))
    assert [one["available"] for one in await whole(keeper.client, FAVOURITES)] == [False, True]


async def test_a_suspended_providers_business_and_services_are_unavailable(
    seller: Account, keeper: Account, accounts: Accounts
) -> None:
    listing, profile = await publish(seller), ok(await seller.client.get(PROFILE))
    await keep(keeper, "services", listing["id"])
    await keep(keeper, "providers", profile["id"])
    staff = await accounts.staff()
    user_id = ok(await seller.client.get("/users/me"))["id"]
    ok(await staff.client.post(f"/users/{user_id}/suspend", json={"reason": "A test."}))

    assert [one["available"] for one in await whole(keeper.client, FAVOURITES)] == [False, False]


async def test_only_what_the_catalogue_shows_can_be_kept(seller: Account, keeper: Account) -> None:
    listing = await publish(seller)
    ok(await seller.client.post(f"{SERVICES}/{listing['id']}/pause"))
    profile = ok(await seller.client.get(PROFILE))
    for path in (f"services/{listing['id']}", f"services/{profile['id']}", f"providers/{listing['id']}"):
        assert_problem(await keeper.client.put(f"{FAVOURITES}/{path}"), 404, "not-found")
    assert await whole(keeper.client, FAVOURITES) == []


@pytest.mark.both_engines
async def test_of_those_who_keep_the_last_possible_thing_at_once_one_succeeds(
    service: Service, seller: Account, keeper: Account
) -> None:
    owner = UUID(ok(await keeper.client.get("/users/me"))["id"])
    at = service.clock.now() - timedelta(days=1)
    rows = [
        {"id": new_id(), "owner_id": owner, "kind": FavouriteKind.SERVICE, "subject_id": uuid4(), "created_at": at}
        for _ in range(MOST - 1)
    ]
    async with service.services.database.begin() as tx:
        await tx.execute(insert(Favourite), rows)
    listings = [await publish(seller) for _ in range(4)]

    answers = await asyncio.gather(
        *(keeper.client.put(f"{FAVOURITES}/services/{listing['id']}") for listing in listings)
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 3}
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert assert_problem(refused, 409, "limit-reached")["limit"] == MOST
    kept = next(answer for answer in answers if answer.status_code == 200).json()
    assert (await keep(keeper, "services", kept["id"]))["kept_at"] == kept["kept_at"], "it is kept already"


async def test_favourites_are_their_keepers_alone(seller: Account, keeper: Account, accounts: Accounts) -> None:
    listing = await publish(seller)
    await keep(keeper, "services", listing["id"])
    other = await accounts.make("HOMEOWNER")
    assert await whole(other.client, FAVOURITES) == []
    ok(await other.client.delete(f"{FAVOURITES}/services/{listing['id']}"), 204)
    assert ids(await whole(keeper.client, FAVOURITES)) == [listing["id"]]
    exported = ok(await keeper.client.get("/users/me/export"))
    assert [one["subject_id"] for one in exported["favourites"]] == [listing["id"]]


@pytest.mark.both_engines
async def test_a_page_asks_an_index(service: Service) -> None:
    binds = {"owner_id": uuid4(), "kind": "SERVICE", "limit": 21}
    for narrowed, index in ((False, "ix_favourites_owner_id_created_at_id"), (True, "favourites_owner_id_")):
        plan = await plan_of(service, page_query(narrowed=narrowed, continued=False), binds)
        assert index in plan, plan
