"""A migration fills the derived columns that processes of the release before left empty."""

from __future__ import annotations

from alembic import command
from sqlalchemy import insert, select, update

from impl.kernel.words import shingles, sketch
from impl.marketplace.capabilities.geography.service import area_columns, coarse_area
from impl.marketplace.capabilities.listings.tables import Listing, ListingCategory, ListingSketch
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_profile.tables import ProviderProfile
from tests.migrations.test_areas import DATE_LINE, PORTLAND
from tests.migrations.test_migrations import VERSIONS, step
from tests.migrations.test_words import MANY, connected, fill

BEFORE = VERSIONS[[path.stem.endswith("_repaired") for path in VERSIONS].index(True) - 1].stem
AREA = ("area_x", "area_y", "area_z", "area_cell")


async def test_what_older_processes_left_out_is_derived(empty_database_url: str) -> None:
    await step(empty_database_url, command.upgrade, BEFORE)
    async with connected(empty_database_url) as database:
        await fill(database)
        async with database.begin() as tx:
            listed = select(Listing.service_id, Listing.category_id, Listing.live, Listing.currency)
            listed = listed.add_columns(Listing.price_rank_up, Listing.price_rank_down, Listing.published_at)
            await tx.execute(insert(ListingCategory), [dict(row) for row in (await tx.execute(listed)).mappings()])
            (latitude, longitude), area = PORTLAND
            place = {"latitude": latitude, "longitude": longitude}
            await tx.execute(update(Property).values(**place, area_latitude=area[0], area_longitude=area[1]))
            (latitude, longitude), _ = DATE_LINE
            await tx.execute(update(ProviderProfile).values(base_latitude=latitude, base_longitude=longitude))
    await step(empty_database_url, command.upgrade, "head")
    async with connected(empty_database_url) as database, database.begin() as tx:
        home = (await tx.scalars(select(Property))).one()
        business = (await tx.scalars(select(ProviderProfile))).one()
        listings = {row.service_id: row for row in await tx.scalars(select(Listing))}
        placements = list(await tx.scalars(select(ListingCategory)))
        drawn = {(row.service_id, row.hash) for row in await tx.scalars(select(ListingSketch))}
    assert {name: getattr(home, name) for name in AREA} == area_columns(PORTLAND[0])
    assert (home.area_latitude, home.area_longitude) == coarse_area(*PORTLAND[0])
    assert {name: getattr(business, name) for name in AREA} == area_columns(DATE_LINE[0])
    assert len(placements) == MANY
    for one in placements:
        listing = listings[one.service_id]
        assert (one.profile_id, one.pricing_kind) == (listing.profile_id, listing.pricing_kind)
    assert drawn
    assert drawn == {
        (one.service_id, hashed) for one in listings.values() for hashed in sketch(shingles(one.title, one.description))
    }
