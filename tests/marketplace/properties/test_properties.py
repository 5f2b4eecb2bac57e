"""A homeowner's properties over HTTP: every operation, and no access to other people's."""

from uuid import UUID

import pytest
from sqlalchemy import select

from impl.marketplace.capabilities.geography.service import coarse_area
from impl.marketplace.properties.tables import Property
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.service import Service
from tests.marketplace.payloads import NOBODYS, PROPERTIES, Json, house, ok

# No gazetteer knows it, so that nothing stands in for coordinates that are taken away.
UNKNOWN: Json = {**house()["address"], "city": "Neverland", "postal_code": "00000"}


async def test_a_property_is_created_and_read_as_it_was_given(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    answer = await owner.client.post(PROPERTIES, json=house())
    made = ok(answer, 201)
    assert {name: made[name] for name in house()} == house()
    assert made["state"] == "ACTIVE"
    assert answer.headers["location"] == f"/api/v1{PROPERTIES}/{made['id']}"
    read = await owner.client.get(answer.headers["location"].removeprefix("/api/v1"))
    assert read.json() == made
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.headers["cache-control"] == "no-store"


async def test_the_least_that_is_needed_is_enough(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    least: Json = {
        "label": "Orchard",
        "type": "LAND",
        "address": {"line1": "Mill Road", "city": "Hood River", "country": "US"},
    }
    made = ok(await owner.client.post(PROPERTIES, json=least), 201)
    assert made["coordinates"] is made["size_m2"] is made["year_built"] is made["notes"] is None
    assert made["address"] == {**least["address"], "line2": None, "region": None, "postal_code": None}


async def test_a_replacement_clears_what_it_leaves_out(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    made = ok(await owner.client.post(PROPERTIES, json=house()), 201)
    least: Json = {"label": "Sold", "type": "OTHER", "address": {"line1": "A", "city": "B", "country": "DE"}}
    replaced = ok(await owner.client.put(f"{PROPERTIES}/{made['id']}", json=least))
    assert replaced["label"] == "Sold"
    assert replaced["coordinates"] is replaced["notes"] is replaced["address"]["line2"] is None
    assert replaced["created_at"] == made["created_at"]
    assert replaced["updated_at"] > made["updated_at"]


@pytest.mark.parametrize("media", ["application/merge-patch+json", "application/json"])
async def test_a_patch_keeps_what_is_absent_and_clears_what_is_null(accounts: Accounts, media: str) -> None:
    owner = await accounts.homeowner()
    made = ok(await owner.client.post(PROPERTIES, json=house(address=UNKNOWN)), 201)
    path = f"{PROPERTIES}/{made['id']}"
    patch = b'{"notes": null, "address": {"line2": null, "city": "Neverton"}, "size_m2": 170}'
    changed = ok(await owner.client.patch(path, content=patch, headers={"Content-Type": media}))
    expected = {**made, "notes": None, "size_m2": 170, "updated_at": changed["updated_at"]}
    expected["address"] = {**made["address"], "line2": None, "city": "Neverton"}
    assert changed == expected
    moved = ok(await owner.client.patch(path, json={"coordinates": {"latitude": 1, "longitude": 2}}))
    assert moved["coordinates"] == {"latitude": 1.0, "longitude": 2.0}
    assert ok(await owner.client.patch(path, json={"coordinates": None}))["coordinates"] is None


@pytest.mark.parametrize("patch", [{"label": None}, {"type": None}, {"address": None}, {"address": {"city": None}}])
async def test_required_members_cannot_be_cleared(accounts: Accounts, patch: Json) -> None:
    owner = await accounts.homeowner()
    made = ok(await owner.client.post(PROPERTIES, json=house()), 201)
    assert_problem(await owner.client.patch(f"{PROPERTIES}/{made['id']}", json=patch), 422, "validation-failed")


async def test_a_patch_that_changes_nothing_leaves_the_version(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    answer = await owner.client.post(PROPERTIES, json=house())
    path = f"{PROPERTIES}/{ok(answer, 201)['id']}"
    for patch in ({}, {"label": "Home", "address": {"city": "Portland"}}):
        same = await owner.client.patch(path, json=patch)
        assert ok(same) == answer.json()
        assert same.headers["etag"] == answer.headers["etag"]


@pytest.mark.both_engines
async def test_a_deleted_property_is_gone_for_its_owner(accounts: Accounts, service: Service) -> None:
    owner = await accounts.homeowner()
    made = ok(await owner.client.post(PROPERTIES, json=house(label="Gone")), 201)
    path = f"{PROPERTIES}/{made['id']}"
    assert (await owner.client.delete(path)).status_code == 204
    for answer in (
        await owner.client.get(path),
        await owner.client.put(path, json=house()),
        await owner.client.patch(path, json={"label": "Back"}),
        await owner.client.delete(path),
    ):
        assert_problem(answer, 404, "not-found")
    listed = ok(await owner.client.get(PROPERTIES, params={"limit": 100}))["items"]
    assert made["id"] not in [one["id"] for one in listed]
    async with service.services.database.begin() as tx:
        state = (await tx.execute(select(Property.state).where(Property.label == "Gone"))).scalars().all()
    assert [str(one) for one in state] == ["ARCHIVED"]


async def test_somebody_elses_property_is_not_there(accounts: Accounts) -> None:
    owner, stranger = await accounts.make(), await accounts.homeowner()
    made = ok(await owner.client.post(PROPERTIES, json=house()), 201)
    foreign, absent = f"{PROPERTIES}/{made['id']}", f"{PROPERTIES}/{NOBODYS}"
    for method, body in (("GET", None), ("PUT", house()), ("PATCH", {"label": "Mine"}), ("DELETE", None)):
        refusals = [
            assert_problem(await stranger.client.request(method, path, json=body), 404, "not-found")
            for path in (foreign, absent)
        ]
        told = [{k: v for k, v in one.items() if k not in {"instance", "request_id"}} for one in refusals]
        assert told[0] == told[1]
        assert "Alder" not in str(refusals)
    assert ok(await owner.client.get(foreign)) == made


async def test_a_stale_version_is_not_overwritten(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    answer = await owner.client.post(PROPERTIES, json=house())
    path, first = f"{PROPERTIES}/{ok(answer, 201)['id']}", answer.headers["etag"]
    second = (await owner.client.patch(path, json={"label": "Second"}, headers={"If-Match": first})).headers["etag"]
    assert second != first
    for send in (
        owner.client.patch(path, json={"label": "Third"}, headers={"If-Match": first}),
        owner.client.put(path, json=house(), headers={"If-Match": f"W/{first}"}),
        owner.client.delete(path, headers={"If-Match": '"nothing"'}),
    ):
        assert_problem(await send, 412, "precondition-failed")
    assert_problem(await owner.client.delete(path, headers={"If-Match": "three"}), 400, "malformed-request")
    assert ok(await owner.client.get(path))["label"] == "Second"
    assert (await owner.client.delete(path, headers={"If-Match": f'"x", {second}'})).status_code == 204


async def test_a_current_copy_is_not_sent_again(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    answer = await owner.client.post(PROPERTIES, json=house())
    path = f"{PROPERTIES}/{ok(answer, 201)['id']}"
    same = await owner.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert same.status_code == 304
    assert same.content == b""
    ok(await owner.client.get(path, headers={"If-None-Match": '"other"'}))


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(45.5179, -122.6512), (0.0, 0.0), (-33.9, 18.4), (90.0, 12.0), (-90.0, -180.0), (71.1, 25.8)],
)
def test_the_public_area_is_a_cell_that_says_nothing_of_the_point(latitude: float, longitude: float) -> None:
    area = coarse_area(latitude, longitude)
    assert abs(area[0] - latitude) <= 0.0046
    assert -180 <= area[1] <= 180
    # Every point of a cell has the same area: the centre of the cell belongs to it, and is its own.
    assert coarse_area(*area) == area


@pytest.mark.both_engines
async def test_the_public_area_follows_the_coordinates(accounts: Accounts, service: Service) -> None:
    owner = await accounts.make()
    made = ok(await owner.client.post(PROPERTIES, json=house(address=UNKNOWN)), 201)

    async def stored() -> tuple[float | None, float | None]:
        async with service.services.database.begin() as tx:
            query = select(Property.area_latitude, Property.area_longitude).where(Property.id == UUID(made["id"]))
            row = (await tx.execute(query)).one()
            return row.area_latitude, row.area_longitude

    assert await stored() == coarse_area(45.5179, -122.6512)
    ok(await owner.client.patch(f"{PROPERTIES}/{made['id']}", json={"coordinates": None}))
    assert await stored() == (None, None)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"owner_id": NOBODYS}, "/owner_id"),
        ({"state": "ARCHIVED"}, "/state"),
        ({"id": NOBODYS}, "/id"),
        ({"label": "nul\x00"}, "/label"),
        ({"label": ""}, "/label"),
        ({"label": " padded"}, "/label"),
        ({"label": "x" * 81}, "/label"),
        ({"size_m2": 0}, "/size_m2"),
        ({"size_m2": True}, "/size_m2"),
        ({"size_m2": 2**31}, "/size_m2"),
        ({"year_built": "1926"}, "/year_built"),
        ({"notes": "n" * 4001}, "/notes"),
        ({"coordinates": {"latitude": 91, "longitude": 0}}, "/coordinates/latitude"),
        ({"coordinates": {"latitude": 45}}, "/coordinates/longitude"),
        ({"address": {"line1": "A", "city": "B", "country": "XX"}}, "/address/country"),
        ({"type": "CASTLE"}, "/type"),
    ],
)
async def test_input_that_breaks_the_contract_is_pointed_at(accounts: Accounts, change: Json, pointer: str) -> None:
    owner = await accounts.homeowner()
    problem = assert_problem(await owner.client.post(PROPERTIES, json=house(**change)), 422, "validation-failed")
    assert pointer in [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize("label", ["'; DROP TABLE properties; --", "100%_\\", "家 🏠", "a\u0301", "\U0010ffff"])
async def test_any_other_text_is_kept_as_it_is(accounts: Accounts, label: str) -> None:
    owner = await accounts.homeowner()
    made = ok(await owner.client.post(PROPERTIES, json=house(label=label, notes=f"{label}\r\n\t")), 201)
    assert ok(await owner.client.get(f"{PROPERTIES}/{made['id']}"))["label"] == label


async def test_limits_of_the_contract_fit_the_columns(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    long = house(
        label="\U0001f3e0" * 80,
        notes="\U0001f3e0" * 4000,
        size_m2=1_000_000,
        year_built=2100,
        address={
            "line1": "ß" * 120,
            "line2": "ß" * 120,
            "city": "ΐ" * 80,
            "region": "ß" * 80,
            "postal_code": "1" * 12,
            "country": "US",
        },
        coordinates={"latitude": -90, "longitude": 180},
    )
    ok(await owner.client.post(PROPERTIES, json=long), 201)


async def test_a_malformed_id_is_refused(accounts: Accounts) -> None:
    owner = await accounts.homeowner()
    assert_problem(await owner.client.get(f"{PROPERTIES}/7"), 422, "validation-failed")
