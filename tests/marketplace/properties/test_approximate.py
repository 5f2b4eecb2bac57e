"""A property without coordinates has those of its postal code or town, until its owner gives some."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.gateways.test_geocoding import PHOTON, Place, saying, silence
from tests.harness.accounts import Account, Accounts
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.service import Service, run_instance
from tests.harness.sockets import listen
from tests.marketplace.payloads import PROPERTIES, Json, house, ok
from tests.marketplace.places.small import SMALL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CODE = {"latitude": 45.5142, "longitude": -122.643}
SUVA = {"latitude": -18.1416, "longitude": 178.4415}
EXACT = {"latitude": 45.5179, "longitude": -122.6512}


@pytest.fixture
async def owner(service: Service, accounts: Accounts) -> Account:
    await service.services.marketplace.places.load(SMALL)
    return await accounts.make("HOMEOWNER")


def somewhere(**address: str | None) -> Json:
    body = house(address={"line1": "Main Street 1", "city": "Nowhere", "country": "US", **address})
    del body["coordinates"]
    return body


def where(shown: Json) -> tuple[Json | None, bool]:
    return shown["coordinates"], shown["coordinates_approximate"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({"city": "Portland", "region": "OR", "postal_code": "97214"}, CODE),
        ({"postal_code": "97214-1234"}, CODE),
        ({"city": "portland", "region": "me"}, {"latitude": 43.6615, "longitude": -70.2553}),
        ({"city": "Portland", "country": "GB"}, {"latitude": 50.5675, "longitude": -2.4447}),
        ({"city": "SAO PAULO", "country": "BR", "postal_code": "01000"}, {"latitude": -23.5475, "longitude": -46.6361}),
        ({"city": "Portland", "region": "Maine"}, {"latitude": 43.6615, "longitude": -70.2553}),
        ({"city": "Portlandia Heights", "region": "Texas"}, {"latitude": 27.8772, "longitude": -97.3239}),
        ({"city": "Portlandia Heights", "region": "Nueces County"}, {"latitude": 27.8772, "longitude": -97.3239}),
        ({"city": "Portlandia Heights", "region": "OR"}, None),
        ({"city": "Portlandia Heights", "region": "oregon"}, None),
        ({"region": "WA", "postal_code": "97214"}, None),
        ({"city": "Portland"}, None),
        ({"city": "Portland", "country": "FJ"}, None),
        ({"city": "-", "country": "FJ"}, None),
    ],
    ids=str,
)
async def test_an_address_has_the_place_of_its_code_or_town_and_none_when_that_is_two(
    owner: Account, address: dict[str, str], found: Json | None
) -> None:
    made = ok(await owner.client.post(PROPERTIES, json=somewhere(**address)), 201)
    assert where(made) == (found, found is not None)
    assert ok(await owner.client.get(f"{PROPERTIES}/{made['id']}")) == made


async def test_what_is_approximate_follows_the_address_and_what_is_given_stays(owner: Account) -> None:
    made = ok(await owner.client.post(PROPERTIES, json=somewhere(postal_code="97214")), 201)
    path = f"{PROPERTIES}/{made['id']}"
    renamed = ok(await owner.client.patch(path, json={"label": "Another"}))
    assert where(renamed) == (CODE, True)
    moved = ok(await owner.client.patch(path, json={"address": {"city": "Suva", "country": "FJ", "postal_code": None}}))
    assert where(moved) == (SUVA, True)
    gone = ok(await owner.client.patch(path, json={"address": {"city": "Nowhere"}}))
    assert where(gone) == (None, False)

    given = ok(await owner.client.patch(path, json={"coordinates": EXACT}))
    assert where(given) == (EXACT, False)
    assert where(ok(await owner.client.patch(path, json={"address": {"city": "Suva"}}))) == (EXACT, False)
    cleared = ok(await owner.client.patch(path, json={"coordinates": None}))
    assert where(cleared) == (SUVA, True)


async def test_what_is_read_and_sent_back_is_no_more_exact_than_before(owner: Account) -> None:
    body = somewhere(postal_code="97214")
    made = ok(await owner.client.post(PROPERTIES, json=body), 201)
    path = f"{PROPERTIES}/{made['id']}"
    again = await owner.client.put(path, json={**body, "coordinates": made["coordinates"]})
    assert where(ok(again)) == (CODE, True)
    assert again.headers["etag"] == (await owner.client.get(path)).headers["etag"]
    moved = {**body, "address": {**body["address"], "city": "Suva", "country": "FJ", "postal_code": None}}
    sent = ok(await owner.client.put(path, json={**moved, "coordinates": made["coordinates"]}))
    assert where(sent) == (SUVA, True)


@asynccontextmanager
async def _geocoding(url: str, place: Place) -> AsyncIterator[Service]:
    listener = listen()
    place.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    changes = {"geocoder_url": place.url, "geocoder_timeout_seconds": 0.2}
    async with place.serving(listener), run_instance("sqlite", url, MovableClock(), Inbox(), **changes) as running:
        await running.services.marketplace.places.load(SMALL)
        yield running


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_geocoder_is_asked_for_what_the_gazetteer_does_not_know_and_never_waited_for(
    fresh_database_url: str,
) -> None:
    place = Place()
    async with _geocoding(fresh_database_url, place) as running:
        accounts = Accounts(running)
        owner = await accounts.make("HOMEOWNER")
        known = ok(await owner.client.post(PROPERTIES, json=somewhere(postal_code="97214")), 201)
        assert (where(known), place.asked) == ((CODE, True), [])
        place.answer = saying(PHOTON)
        asked = ok(await owner.client.post(PROPERTIES, json=somewhere(city="Füssen", country="DE")), 201)
        assert where(asked) == ({"latitude": 47.57, "longitude": 10.7}, True)
        place.answer = silence
        # What is found for an address stays with it, whoever answers.
        replaced = {**somewhere(city="Füssen", country="DE"), "label": "Holidays"}
        kept = ok(await owner.client.put(f"{PROPERTIES}/{asked['id']}", json=replaced))
        assert (kept["label"], where(kept)) == ("Holidays", where(asked))
        unknown = ok(await owner.client.post(PROPERTIES, json=somewhere(city="Füssen", country="DE")), 201)
        assert where(unknown) == (None, False)
        await accounts.close()
