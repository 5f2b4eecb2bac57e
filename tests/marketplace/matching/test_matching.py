"""Proposed providers: who comes there and offers it, by points that are named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.capabilities.inquiries.tables import InquiryRecipient
from impl.marketplace.matching.repository import CANDIDATES
from tests.harness.client import assert_problem
from tests.harness.plans import plan_of
from tests.identity.database_inspection import statements
from tests.marketplace.availability.test_availability import weekly
from tests.marketplace.inquiries.asking import ask, asker, decline
from tests.marketplace.jobs.working import Parties, put_time
from tests.marketplace.payloads import LIGHTING, NOBODYS, PLUMBING, TAPS, Json, approve_business, house, ok, publish
from tests.marketplace.verifications.sending import decide, send

if TYPE_CHECKING:
    from impl.marketplace.capabilities.ratings.service import Stars
    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service

MATCH = "/homeowners/inquiries/match"
# A place of this file's own: what other tests publish is far away.
HERE = {"latitude": -37.0673, "longitude": -12.3115}


async def _proposed(owner: Account, home: str, category: str = TAPS) -> list[Json]:
    body = {"property_id": home, "category_id": category}
    items: list[Json] = ok(await owner.client.post(MATCH, json=body))["items"]
    return items


async def _business(accounts: Accounts, north: float, **changes: object) -> tuple[Account, str]:
    provider = await accounts.make("SERVICE_PROVIDER")
    base = {"latitude": HERE["latitude"] + north, "longitude": HERE["longitude"]}
    profile = await approve_business(provider, base_point=base, **changes)
    await publish(provider)
    return provider, profile["id"]


@pytest.mark.both_engines
async def test_who_fits_best_comes_first_and_it_is_said_why(accounts: Accounts, service: Service) -> None:
    owner, home = await asker(accounts, coordinates=HERE)
    near, near_id = await _business(accounts, 0.05)
    licensed, licensed_id = await _business(accounts, 0.2)
    _, far_id = await _business(accounts, 0.3)
    # This one does not come that far, and that one offers something else.
    await _business(accounts, 0.3, service_radius_km=10)
    moderator = await accounts.staff("STAFF_MODERATOR")
    await decide(moderator, await send(licensed))

    first, second, third = await _proposed(owner, home)
    assert [one["provider"]["id"] for one in (first, second, third)] == [licensed_id, near_id, far_id]
    reasons = {one["kind"]: one["points"] for one in first["reasons"]}
    assert reasons == {"NEAR": 31, "LICENSED": 25, "HAS_CAPACITY": 10}
    assert (first["score"], first["open_inquiries"], first["response_hours"]) == (66, 0, None)
    assert first["distance_km"] == pytest.approx(22.2, abs=1.5)
    assert [one["provider"]["id"] for one in await _proposed(owner, home, PLUMBING)] == [licensed_id, near_id, far_id]
    assert await _proposed(owner, home, LIGHTING) == []

    # Whoever answers quickly gets points for it.
    sent = await ask(owner, home, near_id)
    await decline(near, sent)
    quick = next(one for one in await _proposed(owner, home) if one["provider"]["id"] == near_id)
    assert {"kind": "RESPONDS_QUICKLY", "points": 15} in quick["reasons"]
    assert quick["response_hours"] == 0
    # Good reviews count, and bad ones take nothing away.
    for who, stars, times in ((near, 5, 15), (licensed, 1, 1)):
        whose = UUID(ok(await who.client.get("/users/me"))["id"])
        review: Stars = {"rating": stars, "punctuality": None, "quality": None, "value": None}
        async with service.services.database.begin() as tx:
            for _ in range(times):
                await service.services.marketplace.ratings.change(tx, whose, None, review)
    rated = {one["provider"]["id"]: one for one in await _proposed(owner, home)}
    assert {"kind": "WELL_RATED", "points": 15} in rated[near_id]["reasons"]
    assert rated[near_id]["score"] == sum(one["points"] for one in rated[near_id]["reasons"])
    assert {one["kind"] for one in rated[licensed_id]["reasons"]} == {"NEAR", "LICENSED", "HAS_CAPACITY"}

    table = core_table(InquiryRecipient)
    async with service.services.database.begin() as tx:
        old = {"created_at": service.clock.now() - timedelta(days=91)}
        await tx.execute(update(table).where(table.c.inquiry_id == UUID(sent["id"])).values(**old))
    quick = next(one for one in await _proposed(owner, home) if one["provider"]["id"] == near_id)
    assert quick["response_hours"] is None


async def test_a_free_slot_soon_counts_and_is_named(accounts: Accounts) -> None:
    place = {"latitude": HERE["latitude"] - 10, "longitude": HERE["longitude"]}
    owner, home = await asker(accounts, coordinates=place)
    busy, busy_id = await _business(accounts, -9.99)
    _, silent_id = await _business(accounts, -9.9)
    free, free_id = await _business(accounts, -9.8)

    async def proposed() -> list[Json]:
        found = await _proposed(owner, home)
        assert all(one["score"] == sum(reason["points"] for reason in one["reasons"]) for one in found)
        assert all(
            ({"kind": "FREE_SOON", "points": 10} in one["reasons"]) is (one["earliest_slot"] is not None)
            for one in found
        )
        return found

    before = await proposed()
    assert [one["provider"]["id"] for one in before] == [busy_id, silent_id, free_id]
    assert {one["earliest_slot"] for one in before} == {None}

    async def says(provider: Account, hours: list[Json]) -> None:
        body = {"time_zone": "Asia/Kathmandu", "weekly": hours, "notice_minutes": 2 * 1440, "step_minutes": 60}
        shown = await provider.client.put("/service-providers/availability", json=body)
        assert shown.status_code in {200, 201}

    # Whoever works on no day is as whoever has said nothing.
    await says(busy, [])
    await says(free, weekly("09:00-11:00"))
    ordered = await proposed()
    assert [one["provider"]["id"] for one in ordered] == [free_id, busy_id, silent_id]
    first = ordered[0]
    offered = {"service_id": first["service"]["id"], "days": "14"}
    slots = ok(await owner.client.get(f"/providers/{first['provider']['slug']}/slots", params=offered))["items"]
    assert first["earliest_slot"] == slots[0]

    # What is booked is not named, and a business that is booked for all of the time is not praised.
    job = await Parties(owner, home, free, free_id).agree()
    ok(await put_time(owner, job, slots[0]))
    said = await statements(lambda: _proposed(owner, home))
    assert len([one for one in said if one.startswith(("SELECT", "WITH"))]) <= 6
    again = (await proposed())[0]
    assert again["earliest_slot"] == next(one for one in slots if one["starts_at"] >= slots[0]["ends_at"])
    ok(await put_time(owner, job, {"starts_at": slots[0]["starts_at"], "ends_at": slots[-1]["ends_at"]}))
    assert {one["earliest_slot"] for one in await proposed()} == {None}


async def test_nobody_is_proposed_for_a_place_that_nobody_knows(accounts: Accounts) -> None:
    elsewhere = {"line1": "1 Nowhere", "city": "Zzyzxville", "postal_code": "00000", "country": "AQ"}
    owner, home = await asker(accounts, coordinates=None, address=elsewhere)
    refused = await owner.client.post(MATCH, json={"property_id": home, "category_id": TAPS})
    (error,) = assert_problem(refused, 422, "validation-failed")["errors"]
    assert (error["pointer"], error["code"]) == ("/property_id", "no_place")
    other, foreign = await asker(accounts)
    for body in ({"property_id": foreign, "category_id": TAPS}, {"property_id": home, "category_id": NOBODYS}):
        assert_problem(await owner.client.post(MATCH, json=body), 404, "not-found")
    assert house()["label"] == ok(await other.client.get(f"/homeowners/properties/{foreign}"))["label"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
async def test_businesses_are_found_by_the_index_of_their_cells(service: Service) -> None:
    near = Nearby((HERE["latitude"], HERE["longitude"])).binds()
    now = service.clock.now()
    binds = {**near, "owner_id": UUID(NOBODYS), "category_id": UUID(NOBODYS), "today": now.date(), "since": now}
    plan = await plan_of(service, CANDIDATES, {**binds, "limit": 50})
    assert "ix_provider_profiles_area" in plan
    assert "ix_inquiry_recipients" in plan
