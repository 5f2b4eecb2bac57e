"""Totals are capped at a thousand, and the reply says so."""

from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy import delete, insert

from generated.states import ServiceState
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.listings.repository import PLACE_COLUMNS, PLACES
from impl.marketplace.capabilities.listings.tables import UNPRICED, Listing, ListingCategory, PricingKind
from impl.marketplace.provider_services.tables import Service
from tests.harness.accounts import Accounts
from tests.harness.service import Service as Running
from tests.marketplace.payloads import SERVICES, TAPS, approve_business, ok


async def test_a_long_list_is_counted_to_a_thousand(
    client: httpx.AsyncClient, accounts: Accounts, service: Running
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(provider)
    provider_id = UUID(ok(await provider.client.get("/auth/me"))["account"]["id"])
    now = service.clock.now()
    offers: list[dict[str, object]] = [
        {
            "category_id": UUID(TAPS),
            "title": f"Offer {n}",
            "description": "One of many.",
            "pricing_kind": PricingKind.QUOTE,
            "price_minor": None,
            "currency": None,
            "price_unit": None,
            "duration_minutes": None,
            "tags": [],
            "created_at": now - timedelta(seconds=n),
            "updated_at": now,
            "published_at": now - timedelta(seconds=n),
            "version": 1,
        }
        for n in range(1001)
    ]
    services = [
        {
            **offer,
            "id": new_id(),
            "provider_id": provider_id,
            "state": ServiceState.PUBLISHED,
            "has_pending_changes": False,
        }
        for offer in offers
    ]
    ranks = {"price_rank_up": UNPRICED, "price_rank_down": UNPRICED}
    listings = [
        {**offer, **ranks, "service_id": one["id"], "profile_id": UUID(profile["id"]), "live": True}
        for offer, one in zip(offers, services, strict=True)
    ]
    async with service.services.database.begin() as tx:
        await tx.execute(insert(Service), services)
        await tx.execute(insert(Listing), listings)
        await tx.execute(
            insert(ListingCategory).from_select(PLACE_COLUMNS, PLACES.where(Listing.profile_id == UUID(profile["id"])))
        )
    try:
        for given, path in ((client, "/services"), (provider.client, SERVICES)):
            page = ok(await given.get(path, params={"include_total": "true", "limit": 100, "category": "plumbing"}))
            assert (page["total"], page["total_capped"], len(page["items"])) == (1000, True, 100)
        facets = ok(await client.get("/services/facets", params={"category": "plumbing"}))
        many = {"count": 1000, "capped": True}
        assert facets["categories"][0] == {"category": facets["categories"][0]["category"], "count": many}
        assert facets["categories"][0]["category"]["slug"] == "tap-and-leak-repair"
        assert {"pricing": "QUOTE", "count": many} in facets["pricing"]
    finally:
        # The other tests of this worker read the catalogue to its end.
        async with service.services.database.begin() as tx:
            await tx.execute(delete(Listing).where(Listing.profile_id == UUID(profile["id"])))
