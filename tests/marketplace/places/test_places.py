"""Places: suggestions by the beginning of a name, and the import of the gazetteer."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest

from impl.marketplace.places.repository import suggest_query, town_query
from impl.marketplace.places.service import GAZETTEER, read_gazetteer
from tests.harness.client import assert_problem
from tests.harness.plans import plan_of
from tests.harness.service import Service
from tests.marketplace.places.small import LINES, SMALL


@pytest.fixture
async def gazetteer(service: Service) -> None:
    """Import a few places; the tests of this worker share them."""
    await service.services.marketplace.places.load(SMALL)


async def _found(client: httpx.AsyncClient, **parameters: str) -> list[dict[str, Any]]:
    answer = await client.get("/places", params=parameters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _names(client: httpx.AsyncClient, **parameters: str) -> list[tuple[str, str | None]]:
    return [(place["name"], place["admin_area"]) for place in await _found(client, **parameters)]


@pytest.mark.usefixtures("gazetteer")
async def test_whole_words_come_first_and_then_the_larger_town(client: httpx.AsyncClient) -> None:
    towns = [("Portland", "OR"), ("Portland", "ME"), ("Portland", None), ("Portlandia Heights", "TX")]

    assert await _names(client, q="portland") == towns
    assert await _names(client, q="portl") == [towns[3], *towns[:3]]
    assert await _names(client, q="Portland, me") == [towns[1]]
    assert await _names(client, q="portland", country="GB") == [towns[2]]


@pytest.mark.usefixtures("gazetteer")
async def test_a_postal_code_is_suggested_with_its_town(client: httpx.AsyncClient) -> None:
    assert await _names(client, q="9721") == [("97214", "OR"), ("97215", "OR")]
    (place,) = await _found(client, q="97214")
    assert place | {"id": ""} == {
        "id": "",
        "kind": "POSTAL_CODE",
        "name": "97214",
        "locality": "Portland",
        "admin_area": "OR",
        "country": "US",
        "coordinates": {"latitude": 45.5142, "longitude": -122.643},
    }


@pytest.mark.usefixtures("gazetteer")
@pytest.mark.parametrize("text", ["sao paulo", "SÃO", "Sa\u0303o  Pau", "são-paulo"])
async def test_spellings_make_no_difference(client: httpx.AsyncClient, text: str) -> None:
    assert await _names(client, q=text) == [("São Paulo", None)]


@pytest.mark.usefixtures("gazetteer")
@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"', "*", "portland%", "p_rtland", "atlantis"])
async def test_a_wildcard_is_not_one(client: httpx.AsyncClient, text: str) -> None:
    found = await _names(client, q=text)

    # Punctuation beside a word is as if it were not there.
    assert found == (await _names(client, q="portland") if text == "portland%" else [])


@pytest.mark.usefixtures("gazetteer")
async def test_suggestions_may_be_kept_for_minutes(client: httpx.AsyncClient) -> None:
    answer = await client.get("/places", params={"q": "portl"})
    again = await client.get("/places", params={"q": "portl"}, headers={"If-None-Match": answer.headers["etag"]})

    assert answer.headers["cache-control"] == "public, max-age=300"
    assert again.status_code == 304
    assert_problem(await client.get("/places"), 422, "validation-failed")


async def test_an_edition_is_imported_once_and_replaced_by_another(service: Service, client: httpx.AsyncClient) -> None:
    places = service.services.marketplace.places
    await places.load(SMALL)
    before = await _found(client, q="suva")

    assert await places.load(SMALL) == 0
    assert await places.load(gzip.compress("\t".join(LINES[5]).encode(), mtime=0)) == 1
    assert await _found(client, q="portland") == []
    assert await _found(client, q="suva") == before
    assert await places.load(SMALL) == len(LINES)


def test_the_gazetteer_that_comes_along_has_the_contracts_examples() -> None:
    places = {str(place["id"]): place["name"] for place in read_gazetteer(GAZETTEER.read_bytes())}

    assert len(places) > 60_000
    assert places["2184120b-0ca0-53be-aecd-36e21683dd71"] == "Portland"
    assert places["b5295b2d-daaf-5b10-9325-d216eecb6b55"] == "97214"


MANY_TOWNS = (
    (
        "INSERT INTO marketplace.places (id, kind, name, country, latitude, longitude, population, search_key, edition)"
        " SELECT gen_random_uuid(), 'TOWN', 'Town', 'US', n % 90, n % 180, 1, 'town ' || n, 'many'"
        " FROM generate_series(1, 5000) AS n"
    ),
    "ANALYZE marketplace.places",
)


async def test_suggestions_ask_the_index(service: Service) -> None:
    engine = service.engine
    plan = await plan_of(
        service,
        suggest_query(engine, in_country=False).statement,
        {"begin": "portl%" if engine == "postgresql" else "portl", "whole": "portl ", "end": "portl\U0010ffff"},
    )

    assert "ix_places_search_key" in plan, plan
    binds = {"begin": "portland%" if engine == "postgresql" else "portland", "end": "portland\U0010ffff"}
    binds |= {"key": "portland", "country": "US"}
    located = await plan_of(service, town_query(engine).statement, binds, first=MANY_TOWNS)
    assert "ix_places_search_key" in located, located
