"""Places: suggestions by the beginning of a name, and the import of the gazetteer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from impl.kernel.words import end_of_prefix
from impl.marketplace.places.repository import TOWNS_CALLED, suggest_called_query, suggest_query, town_query
from impl.marketplace.places.service import GAZETTEER, read_gazetteer
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.plans import planning
from tests.harness.service import Service
from tests.marketplace.payloads import NOBODYS, PROPERTIES, house, ok
from tests.marketplace.places.small import LINES, NAMED, SHORT, SMALL, packed

NAMED_ONLY, SHORT_ONLY = packed(NAMED), packed(SHORT)


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
        "matched_name": None,
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wien", [("Vienna", "Wien"), ("Wiener Neustadt", None)]),
        ("wied", [("Vienna", "Wiedeń")]),
        ("vienna", [("Vienna", None)]),
        # Both begin so, its own name and another one.
        ("vien", [("Vienna", None)]),
        ("München", [("Munich", "München")]),
        ("muenchen", [("Munich", "Muenchen")]),
        ("munich", [("Munich", None)]),
        ("cologne", [("Köln", "Cologne")]),
        ("KOLN", [("Köln", None)]),
        ("москва", [("Moscow", "Москва")]),
        ("moscow", [("Moscow", None), ("Moscow", None)]),
        ("monaco baviera", []),
    ],
)
async def test_a_town_is_found_by_what_it_is_called_elsewhere(
    client: httpx.AsyncClient, service: Service, text: str, expected: list[tuple[str, str | None]]
) -> None:
    await service.services.marketplace.places.load(NAMED_ONLY)

    assert [(one["name"], one["matched_name"]) for one in await _found(client, q=text)] == expected
    there = "AT" if expected and expected[0][0] == "Vienna" else "FJ"
    elsewhere = [one["name"] for one in await _found(client, q=text, country=there)]
    assert elsewhere == ([name for name, _ in expected] if there == "AT" else [])


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        (
            "a",
            None,
            [
                ("A Coruña", None),
                ("Å", None),
                ("Alexandria", "A"),
                ("Aachen", None),
                ("Alexandria", None),
            ],
        ),
        ("Á", "US", [("Alexandria", None)]),
        ("o", None, [("Aachen", "O"), ("A Coruña", "O Burgo")]),
        ("o", "ES", [("A Coruña", "O Burgo")]),
        ("l", None, [("A Coruña", "La Coruña")]),
        ("x", None, []),
    ],
)
async def test_a_letter_finds_what_has_it_alone_and_then_the_larger_town(
    client: httpx.AsyncClient, service: Service, text: str, country: str | None, expected: list[tuple[str, str | None]]
) -> None:
    await service.services.marketplace.places.load(SHORT_ONLY)

    there = {} if country is None else {"country": country}
    found = await _found(client, q=text, **there)
    assert [(one["name"], one["matched_name"]) for one in found] == expected


async def test_a_home_is_placed_by_another_name_of_its_town(
    client: httpx.AsyncClient, accounts: Accounts, service: Service
) -> None:
    await service.services.marketplace.places.load(NAMED_ONLY)
    owner = await accounts.homeowner()
    body = house(address={"line1": "Graben 1", "city": "Wien", "country": "AT"})
    del body["coordinates"]

    made = ok(await owner.client.post(PROPERTIES, json=body), 201)

    assert (made["coordinates"], made["coordinates_approximate"]) == ({"latitude": 48.2085, "longitude": 16.3721}, True)


async def test_an_edition_is_imported_once_and_replaced_by_another(service: Service, client: httpx.AsyncClient) -> None:
    places = service.services.marketplace.places
    await places.load(SMALL)
    before = await _found(client, q="suva")

    assert await places.load(SMALL) == 0
    assert await places.load(packed(LINES[5:6])) == 1
    assert await _found(client, q="portland") == []
    assert await _found(client, q="suva") == before
    assert await places.load(SMALL) == len(LINES)


def test_the_gazetteer_that_comes_along_has_the_contracts_examples() -> None:
    read = list(read_gazetteer(GAZETTEER.read_bytes()))
    places = {str(place["id"]): place["name"] for place, _ in read}
    called = {place["name"]: {one["name"] for one in names} for place, names in read if names}

    assert len(places) > 60_000
    assert places["2184120b-0ca0-53be-aecd-36e21683dd71"] == "Portland"
    assert places["b5295b2d-daaf-5b10-9325-d216eecb6b55"] == "97214"
    assert places["0d4be079-696e-509f-a095-1ff80ba9516c"] == "Vienna"
    for name, others in (("Vienna", {"Wien"}), ("Munich", {"München", "Muenchen"}), ("Köln", {"Cologne", "Koeln"})):
        assert called[name] >= others
    assert called["Moscow"] >= {"Москва", "Moskau"}
    # What an import costs grows with it: tools/gazetteer.py says which names are taken.
    assert sum(len(names) for _, names in read) < 50_000


MANY_TOWNS = (
    (
        "INSERT INTO marketplace.places (id, kind, name, country, latitude, longitude, population, search_key, edition)"
        " SELECT gen_random_uuid(), 'TOWN', 'Town', 'US', n % 90, n % 180, 1, 'town ' || n, 'many'"
        " FROM generate_series(1, 5000) AS n"
    ),
    (
        "INSERT INTO marketplace.place_names (place_id, search_key, name, population, country)"
        " SELECT id, 'other ' || search_key, 'Other', population, country FROM marketplace.places"
        " WHERE edition = 'many'"
    ),
    "ANALYZE marketplace.places, marketplace.place_names",
)


async def test_suggestions_ask_the_index(service: Service) -> None:
    engine = service.engine
    async with planning(service, first=MANY_TOWNS) as plan_of:
        for query, index in (
            (suggest_query(engine, in_country=False), "ix_places_search_key"),
            (suggest_called_query(engine, in_country=False), "ix_place_names_search_key"),
        ):
            plan = await plan_of(
                query,
                {
                    "begin": "portl%" if engine == "postgresql" else "portl",
                    "whole": "portl ",
                    "end": end_of_prefix("portl"),
                },
            )
            assert index in plan, plan
        # Nothing is sorted, and what is in other countries is left in the index.
        for query, index, initial in (
            (suggest_query(engine, in_country=True, by_initial=True), "ix_places_initial", "t"),
            (suggest_called_query(engine, in_country=False, by_initial=True), "ix_place_names_initial", "o"),
        ):
            binds = {"initial": initial, "whole": f"{initial} ", "country": "US"}
            plan = await plan_of(query, binds)
            assert index in plan, plan
            assert "Sort" not in plan, plan
            assert "ORDER BY" not in plan, plan
        called = await plan_of(TOWNS_CALLED, {"key": "wien", "country": "AT"})
        assert "ix_place_names_search_key" in called, called
        binds = {"begin": "portland%" if engine == "postgresql" else "portland", "end": end_of_prefix("portland")}
        binds |= {"key": "portland", "country": "US"}
        located = await plan_of(town_query(engine), binds)
        assert "ix_places_search_key" in located, located


@pytest.mark.usefixtures("gazetteer")
async def test_a_place_is_read_by_the_id_that_a_search_names_it_by(client: httpx.AsyncClient) -> None:
    """Show the name to whoever opens the address of a search, or reads a saved one: these have the id."""
    suggested = await _found(client, q="97214")
    answer = await client.get(f"/places/{suggested[0]['id']}")
    assert ok(answer) | {"matched_name": None} == suggested[0]

    same = {"If-None-Match": answer.headers["etag"]}
    assert (await client.get(f"/places/{suggested[0]['id']}", headers=same)).status_code == 304
    assert_problem(await client.get(f"/places/{NOBODYS}"), 404, "not-found")
