"""Lists of properties: filters, order, and pages that neither repeat nor skip during changes."""

import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.marketplace.payloads import PROPERTIES, Json, house, ids, ok, whole


async def add(owner: Account, **changes: object) -> Json:
    return ok(await owner.client.post(PROPERTIES, json=house(**changes)), 201)


def at(city: str, country: str = "US") -> Json:
    return {"line1": "A street", "city": city, "country": country}


@pytest.mark.both_engines
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
async def test_pages_are_complete_while_others_are_added(accounts: Accounts, sort: str) -> None:
    owner = await accounts.make()
    made = [(await add(owner, label=f"Number {n}"))["id"] for n in range(7)]
    found = ids(await whole(owner.client, PROPERTIES, {"sort": sort}, limit=2, between=lambda: add(owner)))
    expected = made if sort == "created_at" else made[::-1]
    assert [one for one in found if one in made] == expected
    assert len(found) == len(set(found))


async def test_pages_go_on_when_the_last_of_a_page_is_deleted(accounts: Accounts) -> None:
    owner = await accounts.make()
    made = [(await add(owner))["id"] for _ in range(4)]
    page = ok(await owner.client.get(PROPERTIES, params={"limit": 2}))
    assert ids(page["items"]) == made[:1:-1]
    await owner.client.delete(f"{PROPERTIES}/{made[2]}")
    following = ok(await owner.client.get(PROPERTIES, params={"limit": 2, "cursor": page["next_cursor"]}))
    assert ids(following["items"]) == made[1::-1]
    assert following["next_cursor"] is None


@pytest.mark.both_engines
async def test_filters_narrow_the_list(accounts: Accounts) -> None:
    owner = await accounts.make()
    koeln = (await add(owner, address=at("Köln", "DE"), type="APARTMENT"))["id"]
    salem = (await add(owner, address=at("Salem"), type="APARTMENT"))["id"]
    strasse = (await add(owner, address=at("Gießen", "DE")))["id"]

    async def found(**parameters: str) -> list[str]:
        return ids(await whole(owner.client, PROPERTIES, parameters))

    assert await found(type="APARTMENT") == [salem, koeln]
    assert await found(country="DE") == [strasse, koeln]
    assert await found(city="KÖLN") == [koeln]
    assert await found(city="giessen") == [strasse]
    assert await found(city="%") == []
    assert await found(type="APARTMENT", country="US", city="salem") == [salem]
    assert await found(type="LAND") == []


@pytest.mark.both_engines
async def test_the_total_is_counted_when_asked_for(accounts: Accounts) -> None:
    owner = await accounts.make()
    for _ in range(3):
        await add(owner)
    asked = ok(await owner.client.get(PROPERTIES, params={"limit": 1, "include_total": "true"}))
    assert (asked["total"], asked["total_capped"]) == (3, False)
    plain = ok(await owner.client.get(PROPERTIES, params={"limit": 1}))
    assert (plain["total"], plain["total_capped"]) == (None, False)


async def test_a_cursor_is_good_for_its_own_list_only(accounts: Accounts) -> None:
    owner, stranger = await accounts.make(), await accounts.make()
    for one in (owner, stranger):
        for _ in range(2):
            await add(one)
    cursor = ok(await owner.client.get(PROPERTIES, params={"limit": 1}))["next_cursor"]
    for client, parameters in (
        (stranger.client, {"cursor": cursor}),
        (owner.client, {"cursor": cursor, "sort": "created_at"}),
        (owner.client, {"cursor": cursor, "country": "US"}),
        (owner.client, {"cursor": cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")}),
        (owner.client, {"cursor": "bmV4dC1wYWdl"}),
    ):
        assert_problem(await client.get(PROPERTIES, params=parameters), 422, "invalid-cursor")


@pytest.mark.parametrize(
    "parameters",
    [{"limit": "0"}, {"limit": "101"}, {"limit": "1_0"}, {"type": "land"}, {"state": "ACTIVE"}, {"sort": "id"}],
)
async def test_parameters_that_the_list_has_not_are_refused(accounts: Accounts, parameters: dict[str, str]) -> None:
    owner = await accounts.homeowner()
    assert_problem(await owner.client.get(PROPERTIES, params=parameters), 422, "validation-failed")
