"""Order of what is found: where in its cell a home is makes no difference to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impl.marketplace.capabilities.geography.service import coarse_area
from tests.marketplace.inquiries.asking import INBOX, ask, asker
from tests.marketplace.payloads import TAPS, approve_business, ok, publish

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.marketplace.payloads import Json

MATCH = "/homeowners/inquiries/match"
# A cell that no other test knows, by two opposite corners; each has businesses of its own nearby.
SOUTH_WEST, NORTH_EAST = (-41.007456, -18.009183), (-40.999372, -17.998469)
BASES = [(-41.03, -18.03), (-40.977, -17.977), (-41.10, -18.10), (-40.91, -17.91)]


def _point(place: tuple[float, float]) -> Json:
    return {"latitude": place[0], "longitude": place[1]}


async def test_neither_matches_nor_inboxes_tell_where_in_its_cell_a_home_is(accounts: Accounts) -> None:
    assert coarse_area(*SOUTH_WEST) == coarse_area(*NORTH_EAST)
    providers: list[Account] = []
    profiles: list[str] = []
    for base in BASES:
        provider = await accounts.make("SERVICE_PROVIDER")
        profiles.append((await approve_business(provider, base_point=_point(base)))["id"])
        await publish(provider)
        providers.append(provider)
    owners = [await asker(accounts, coordinates=_point(corner)) for corner in (SOUTH_WEST, NORTH_EAST)]

    proposed = [
        ok(await owner.client.post(MATCH, json={"property_id": home, "category_id": TAPS}))["items"]
        for owner, home in owners
    ]
    assert proposed[0] == proposed[1], "the same businesses, order, distances and reasons"
    assert {one["provider"]["id"] for one in proposed[0]} == set(profiles)

    for owner, home in owners:
        await ask(owner, home, *profiles)
    for provider in providers:
        newest, oldest = ok(await provider.client.get(INBOX))["items"]
        assert newest["property"] == oldest["property"]
        assert newest["property"]["distance_km"] is not None
        assert newest["created_at"] > oldest["created_at"], "the newest first, wherever it is"
