"""Texts from before the search, or folded by older rules, are found after the migrations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from alembic import command
from sqlalchemy import insert, select, update

from generated.states import AccountState, ProfileState, PropertyState, ServiceState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.role_catalogue.service import PROVIDER
from impl.identity.capabilities.users.tables import User
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.ids import new_id
from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.listings.tables import UNPRICED, Listing, PricingKind
from impl.marketplace.capabilities.search.tables import ListingText
from impl.marketplace.catalogue import repository as catalogue
from impl.marketplace.catalogue.tables import Filters
from impl.marketplace.properties import repository as properties
from impl.marketplace.properties.tables import Property, PropertyType
from impl.marketplace.provider_profile.tables import ProviderProfile
from impl.marketplace.provider_services.tables import Service
from tests.marketplace.payloads import TAPS
from tests.migrations.test_migrations import VERSIONS, step

BEFORE = VERSIONS[[path.stem.endswith("_search") for path in VERSIONS].index(True) - 1].stem
FOLDED_OTHERWISE = VERSIONS[[path.stem.endswith("_folded_again") for path in VERSIONS].index(True) - 1].stem
NOW = datetime(2026, 2, 1, tzinfo=UTC)
STAMPS = {"created_at": NOW, "updated_at": NOW, "version": 1}
# More than are read at once, so that the second batch begins where the first one ended.
MANY = 501


async def _count(searched: catalogue.CatalogueRepository, text: str) -> int:
    filters = Filters(words=tokenize_query(text))
    return await searched.count(filters)


async def test_what_was_there_before_is_found_after(empty_database_url: str) -> None:
    await step(empty_database_url, command.upgrade, BEFORE)
    async with connected(empty_database_url) as database:
        user_id = await fill(database)
    await step(empty_database_url, command.upgrade, "head")
    async with connected(empty_database_url) as database:
        searched = catalogue.CatalogueRepository(database.reader, database.dialect)
        for text, expected in (("offer 500", 1), ("lodz aero leak told", MANY), ("nothing", 0)):
            assert await _count(searched, text) == expected
        found = await searched.ranked(Filters(words=tokenize_query("number 500")), after=None, limit=2)
        assert [row["title"] for _, row in found.items] == ["Offer number 500"]
        owners = properties.PropertyRepository(database.reader)
        assert await owners.count(user_id, properties.Filters(words=tokenize_query("mullerstrasse koln"))) == 1


async def test_what_was_folded_otherwise_is_folded_again(empty_database_url: str) -> None:
    await step(empty_database_url, command.upgrade, FOLDED_OTHERWISE)
    async with connected(empty_database_url) as database:
        user_id = await fill(database)
        async with database.begin() as tx:
            stale: dict[str, str] = dict.fromkeys(("title", "tags", "business", "category", "description"), "stale ")
            chosen = (Listing.service_id, Listing.profile_id, Listing.category_id)
            kept = [dict(row) for row in (await tx.execute(select(*chosen))).mappings()]
            await tx.execute(insert(ListingText), [row | stale | {"live": True, "quality": 50} for row in kept])
            await tx.execute(update(Property).values(words=" stale ", city="I\u0307zmir", city_key="i\u0307zmir"))
            await tx.execute(update(User).values(full_name="मीना", full_name_key="मन", last_name_key="मन"))
    await step(empty_database_url, command.upgrade, "head")
    async with connected(empty_database_url) as database:
        searched = catalogue.CatalogueRepository(database.reader, database.dialect)
        for text, expected in (("stale", 0), ("offer 500", 1), ("lodz aero leak told", MANY), ("offering", MANY)):
            assert await _count(searched, text) == expected
        owners = properties.PropertyRepository(database.reader)
        assert await owners.count(user_id, properties.Filters(words=tokenize_query("mullerstrasse"), city="izmir")) == 1
        async with database.begin() as tx:
            row = (await tx.execute(select(User.full_name_key, User.last_name_key, User.version))).one()
    assert tuple(row) == ("मीना", "मीना", 1)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Database]:
    """Open the database until the block ends."""
    database = connect(url)
    try:
        yield database
    finally:
        await database.close()


async def fill(database: Database) -> UUID:
    """Add a homeowner with a property, who is a business with MANY listings too, as an older release would."""
    user_id, profile_id = new_id(), new_id()
    offer = {
        "category_id": UUID(TAPS),
        "pricing_kind": PricingKind.QUOTE,
        "tags": ["łódź"],
        "published_at": NOW,
        **STAMPS,
    }
    services = [
        {**offer, "id": new_id(), "title": f"Offer number {n}", "description": f"Told {n}."} for n in range(MANY)
    ]
    owned = {"provider_id": user_id, "state": ServiceState.PUBLISHED, "has_pending_changes": False}
    listed = {"profile_id": profile_id, "live": True, "price_rank_up": UNPRICED, "price_rank_down": UNPRICED}
    address = {"line1": "Müller-Straße 7", "city": "Köln", "city_key": "köln", "country": "DE"}
    async with database.begin() as tx:
        await tx.execute(
            insert(User).values(
                id=user_id,
                email="before@example.test",
                email_key="before@example.test",
                full_name="Someone",
                locale="en-US",
                email_verified_at=NOW,
                state=AccountState.ACTIVE,
                password_changed_at=NOW,
                credential_epoch=1,
                **STAMPS,
            )
        )
        await tx.execute(insert(UserRole).values(user_id=user_id, role_name=PROVIDER, granted_at=NOW))
        await tx.execute(
            insert(ProviderProfile).values(
                id=profile_id,
                user_id=user_id,
                business_name="Ærø Taps",
                slug="aero-taps",
                licences=[],
                state=ProfileState.APPROVED,
                **STAMPS,
            )
        )
        await tx.execute(insert(Service), [one | owned for one in services])
        listings = [
            {name: value for name, value in one.items() if name != "id"} | listed | {"service_id": one["id"]}
            for one in services
        ]
        await tx.execute(insert(Listing), listings)
        kept = {"owner_id": user_id, "label": "Flat", "type": PropertyType.APARTMENT, "state": PropertyState.ACTIVE}
        await tx.execute(insert(Property).values(id=new_id(), **kept, **address, **STAMPS))
    return user_id
