"""Saved searches over HTTP: filters that the catalogue takes, a bounded number, and versions."""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx
import pytest

from impl.marketplace.saved_searches.repository import due_query, page_query
from impl.marketplace.saved_searches.service import MOST
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.doubles import take_last_place
from tests.harness.plans import plan_of
from tests.harness.service import Service
from tests.marketplace.payloads import Json, ids, ok, whole

SEARCHES = "/homeowners/saved-searches"


def search(**changes: object) -> Json:
    return {"name": "Taps near home", "filters": {"q": "tap"}, "frequency": "DAILY", **changes}


@pytest.fixture
async def saver(accounts: Accounts) -> Account:
    return await accounts.make("HOMEOWNER")


async def save(saver: Account, **changes: object) -> Json:
    return ok(await saver.client.post(SEARCHES, json=search(**changes)), 201)


@pytest.mark.both_engines
async def test_a_search_is_saved_changed_and_deleted(saver: Account) -> None:
    filters = {
        "q": "tap",
        "near": "45.5179,-122.6512",
        "radius_km": 25,
        "currency": "USD",
        "max_price_minor": 20000,
        "verified": True,
        "min_rating": 4,
    }
    first, second = await save(saver, filters=filters), await save(saver, name="Second", frequency="NEVER")
    given = {name: value for name, value in first["filters"].items() if value is not None}
    assert given == filters
    assert ids(await whole(saver.client, SEARCHES, limit=1)) == [second["id"], first["id"]]

    path = f"{SEARCHES}/{first['id']}"
    read = await saver.client.get(path)
    assert ok(read) == first
    body = search(name="Only drains", filters={"category": "drain-cleaning"}, frequency="WEEKLY")
    changed = await saver.client.put(path, json=body, headers={"If-Match": read.headers["etag"]})
    assert ok(changed)["filters"] == {**dict.fromkeys(first["filters"]), "category": "drain-cleaning"}
    again = await saver.client.put(path, json=body)
    assert again.headers["etag"] == changed.headers["etag"], "what is there already is no change"
    stale = await saver.client.delete(path, headers={"If-Match": read.headers["etag"]})
    assert_problem(stale, 412, "precondition-failed")
    ok(await saver.client.delete(path), 204)
    assert_problem(await saver.client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    "filters",
    [
        {"min_price_minor": 100},
        {"radius_km": 5},
        {"include_remote": True},
        {"near": "45.5,-122.6", "place": "01980000-0000-7000-8000-00000000ffff"},
        {"place": "01980000-0000-7000-8000-00000000ffff"},
        {"near": "95,0"},
        {"category": "Not a slug"},
        {"currency": "ZZZ"},
        {"radius_km": 301, "near": "45.5,-122.6"},
        {"rating": 5},
    ],
    ids=str,
)
async def test_what_the_catalogue_refuses_cannot_be_saved(
    saver: Account, client: httpx.AsyncClient, filters: Json
) -> None:
    asked = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
    query = assert_problem(await client.get("/services", params=asked), 422, "validation-failed")
    body = assert_problem(await saver.client.post(SEARCHES, json=search(filters=filters)), 422, "validation-failed")
    # An unknown member has a code of its own.
    compared = [(error["parameter"], error["code"]) for error in query["errors"] if "rating" not in filters]
    told = [(error["pointer"], error["code"]) for error in body["errors"] if "rating" not in filters]
    assert told == [(f"/filters/{parameter}", code) for parameter, code in compared]
    made = await save(saver)
    changed = await saver.client.put(f"{SEARCHES}/{made['id']}", json=search(filters=filters))
    assert_problem(changed, 422, "validation-failed")


@pytest.mark.both_engines
async def test_of_those_who_save_the_last_possible_search_at_once_one_succeeds(saver: Account) -> None:
    for number in range(MOST - 1):
        await save(saver, name=f"Search {number}")
    answers = await asyncio.gather(*(saver.client.post(SEARCHES, json=search()) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert assert_problem(refused, 409, "limit-reached")["limit"] == MOST
    counted = ok(await saver.client.get(SEARCHES, params={"include_total": "true"}))
    assert counted["total"] == MOST


async def test_a_double_of_the_request_that_took_the_last_place_hears_of_no_limit(saver: Account) -> None:
    for number in range(MOST - 1):
        await save(saver, name=f"Search {number}")
    await take_last_place(lambda key: saver.client.post(SEARCHES, json=search(), headers=key))


async def test_what_somebody_has_saved_is_in_their_export(saver: Account) -> None:
    made = await save(saver, filters={"q": "tap", "include_remote": True, "near": "45.5,-122.6"})
    (exported,) = ok(await saver.client.get("/users/me/export"))["saved_searches"]
    assert exported["filters"] == made["filters"]


@pytest.mark.both_engines
async def test_pages_and_what_is_due_ask_an_index(service: Service) -> None:
    page = await plan_of(service, page_query(continued=False), {"owner_id": uuid4(), "limit": 21})
    assert "ix_saved_searches_owner_id_created_at_id" in page, page
    due = await plan_of(service, due_query(), {"now": service.clock.now(), "limit": 21})
    assert "ix_saved_searches_due" in due, due
