"""Properties by their area: nothing that can be asked tells where in its cell a house is."""

from __future__ import annotations

import math
from typing import Any

import httpx
import pytest

from impl.marketplace.capabilities.geography.service import coarse_area
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.payloads import PROPERTIES, Json, house, ids, ok, whole
from tests.marketplace.places.small import SMALL

AREAS = "/properties"
# Where no other test has houses, once in the middle of a row of cells and once beside its end.
CELLS = {"ocean": (-31.0042, -25.0042), "beside 180 degrees": (-21.5, -179.999)}
SHOWN = {"id", "type", "area", "area_approximate", "distance_km"}


def _box(centre: tuple[float, float]) -> tuple[float, float]:
    """Return half the height and half the width of a cell, in degrees."""
    height = 0.5 / 111.32
    return height, height / math.cos(math.radians(centre[0]))


def _within(centre: tuple[float, float], up: float, right: float) -> tuple[float, float]:
    """Return a point of the cell; -1 and 1 are next to its edges."""
    height, width = _box(centre)
    point = round(centre[0] + 0.98 * up * height, 6), round(centre[1] + 0.98 * right * width, 6)
    assert coarse_area(*point) == centre
    return point


def _text(point: tuple[float, float]) -> str:
    return f"{point[0]:.6f},{point[1]:.6f}"


async def _house(owner: Account, point: tuple[float, float], **changes: object) -> str:
    place = {"latitude": point[0], "longitude": point[1]}
    made = ok(await owner.client.post(PROPERTIES, json=house(coordinates=place, **changes)), 201)
    return str(made["id"])


async def _listed(client: httpx.AsyncClient, **query: object) -> httpx.Response:
    parameters: dict[str, Any] = {"limit": 100, "include_total": "true", **query}
    answer = await client.get(AREAS, params=parameters)
    ok(answer)
    return answer


async def _found(client: httpx.AsyncClient, **query: object) -> list[Json]:
    items: list[Json] = (await _listed(client, **query)).json()["items"]
    return items


def _questions(centre: tuple[float, float]) -> list[dict[str, object]]:
    """Return what somebody asks who wants to know: shrinking circles, and orders by distance, from many points."""
    height, width = _box(centre)
    # From the cell's middle, from its edges, from outside of it, and so that a circle ends within it.
    points = [
        (centre[0] + up * height, (centre[1] + right * width + 540) % 360 - 180)
        for up in (-5, -1, 0, 1.001)
        for right in (-3, -1, 0.999, 2)
    ]
    near: list[dict[str, object]] = [
        {"near": _text(point), "radius_km": radius} for point in points for radius in (2, 1)
    ]
    return [{}, {"type": "SINGLE_FAMILY_HOME"}, *near, *({**one, "sort": "-created_at"} for one in near[::5])]


@pytest.mark.parametrize("name", CELLS)
async def test_no_question_tells_where_in_its_cell_a_house_is(accounts: Accounts, name: str) -> None:
    owner, provider = await accounts.make("HOMEOWNER"), await accounts.provider()
    centre = coarse_area(*CELLS[name])
    home = await _house(owner, _within(centre, -1, -1))
    # A neighbour in the middle, with whom distances and orders can be compared.
    neighbour = await _house(owner, centre)
    questions = _questions(centre)
    before = [await _listed(provider.client, **question) for question in questions]

    for up, right in ((1, 1), (-0.2, 0.9)):
        place = _within(centre, up, right)
        moved = {"coordinates": {"latitude": place[0], "longitude": place[1]}, "notes": f"Moved {up} {right}"}
        seen = ok(await owner.client.patch(f"{PROPERTIES}/{home}", json=moved))
        assert (seen["coordinates"]["latitude"], seen["coordinates"]["longitude"]) == place
        for question, earlier in zip(questions, before, strict=True):
            again = await _listed(provider.client, **question)
            assert again.content == earlier.content, question
            assert {"etag", "last-modified"}.isdisjoint(again.headers)

    both = [[one for one in answer.json()["items"] if one["id"] in {home, neighbour}] for answer in before]
    assert {len(found) for found in both} == {0, 2}, "circles reach the cell's centre or they do not"
    for found in filter(None, both):
        assert [one["area"] for one in found] == [{"latitude": centre[0], "longitude": centre[1]}] * 2
        assert len({str({**one, "id": ""}) for one in found}) == 1, "two houses of one cell differ by their ids alone"
    # Removed, so that the next run finds the cell as this one did.
    for property_id in (home, neighbour):
        assert (await owner.client.delete(f"{PROPERTIES}/{property_id}")).status_code == 204


async def test_only_what_others_may_know_is_shown(accounts: Accounts) -> None:
    owner, neighbour = await accounts.make("HOMEOWNER"), await accounts.make("HOMEOWNER")
    provider, staff = await accounts.provider(), await accounts.staff()
    point = (-38.2, -28.7)
    here = {"near": _text(point), "radius_km": 2}
    shown = await _house(owner, point, type="LAND", label="Secret label", notes="Secret notes")
    gone = await _house(owner, point)
    assert (await owner.client.delete(f"{PROPERTIES}/{gone}")).status_code == 204
    beside = await _house(neighbour, point)

    answer = await _listed(provider.client, **here)

    assert ids(answer.json()["items"]) == [shown, beside]
    assert all(set(item) == SHOWN for item in answer.json()["items"])
    for private in ("Secret", "Alder", "97214", "Portland"):
        assert private not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert ids(await _found(provider.client, **here, type="LAND")) == [shown]
    neighbour_id = ok(await neighbour.client.get("/users/me"))["id"]
    ok(await staff.client.post(f"/users/{neighbour_id}/suspend", json={"reason": "A test."}))
    assert ids(await _found(provider.client, **here)) == [shown]
    closing = {"current_password": owner.password}
    assert (await owner.client.request("DELETE", "/users/me", json=closing)).status_code == 204
    closed = await _listed(provider.client, **here)
    assert (closed.json()["items"], closed.json()["total"]) == ([], 0)


async def test_an_area_of_a_postal_code_says_so(accounts: Accounts, service: Service) -> None:
    await service.services.marketplace.places.load(SMALL)
    owner, provider = await accounts.make("HOMEOWNER"), await accounts.provider()
    code = (45.5142, -122.643)
    body = house()
    del body["coordinates"]
    approximate = ok(await owner.client.post(PROPERTIES, json=body), 201)["id"]
    exact = await _house(owner, code)
    nowhere = house(coordinates=None, address={"line1": "Main Street 1", "city": "Nowhere", "country": "FJ"})
    unplaced = ok(await owner.client.post(PROPERTIES, json=nowhere), 201)["id"]

    found = {one["id"]: one for one in await _found(provider.client)}

    assert (found[approximate]["area_approximate"], found[exact]["area_approximate"]) == (True, False)
    assert found[approximate]["area"] == found[exact]["area"]
    assert unplaced not in found


async def test_pages_go_on_from_cell_to_cell(accounts: Accounts) -> None:
    owner, provider = await accounts.make("HOMEOWNER"), await accounts.provider()
    here = (-44.4, -33.3)
    made = [await _house(owner, (here[0] + 0.02 * (number // 2), here[1])) for number in range(6)]
    query = {"near": _text(here), "radius_km": 20}

    assert ids(await whole(provider.client, AREAS, query, limit=1)) == made
    assert ids(await whole(provider.client, AREAS, {**query, "sort": "-created_at"}, limit=4)) == made[::-1]
    assert ids(await _found(provider.client, limit=6)) == made[::-1]
    assert (await _listed(provider.client, **query)).json()["total"] == 6
    distances = [one["distance_km"] for one in await _found(provider.client, near=_text(here))]
    assert distances == sorted(distances)
    assert distances[-1] < 5


async def test_homeowners_see_no_areas_and_staff_do(accounts: Accounts) -> None:
    homeowner, staff = await accounts.homeowner(), await accounts.staff("STAFF_SUPPORT")

    assert_problem(await homeowner.client.get(AREAS), 403, "forbidden")
    ok(await staff.client.get(AREAS))
    for query in ({"sort": "distance"}, {"radius_km": 5}):
        problem = assert_problem(await staff.client.get(AREAS, params=query), 422, "validation-failed")
        assert [error["parameter"] for error in problem["errors"]] == ["near"]
