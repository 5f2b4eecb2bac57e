"""Areas are found by an index on both engines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.properties.tables import PropertyType
from impl.marketplace.property_areas.repository import Filters, binds_of, count_query, page_query
from impl.marketplace.property_areas.tables import PropertyAreaSort
from tests.harness.plans import planning
from tests.harness.service import Service

# Where no other test has a home: with many there, reading the newest of all is cheaper.
NEAR = Filters(near=Nearby((-45.87, 170.5), 50))
LAND = Filters(type=PropertyType.LAND)
LAST = {"last_id": UUID("019b8b74-1801-7df2-b0ae-bffdf9d49080"), "last_key": 0.00001}

# A thousandth of the properties have the one type, and each has an owner of its own.
MANY = (
    "SET LOCAL session_replication_role = replica",
    """
    INSERT INTO identity.users
        (id, email, email_key, email_verified_at, full_name, locale, state, credential_epoch, created_at, updated_at,
         version)
    SELECT gen_random_uuid(), n || '@example.com', n || '@example.com', now(), 'Owner', 'en', 'ACTIVE', 1, now(),
        now(), 1
    FROM generate_series(1, 20000) n
    """,
    """
    INSERT INTO marketplace.properties
        (id, owner_id, label, type, line1, city, city_key, country, latitude, longitude, area_latitude, area_longitude,
         area_x, area_y, area_z, area_cell, state, created_at, updated_at, version)
    SELECT gen_random_uuid(), id, 'Home', CASE WHEN n % 1000 = 0 THEN 'LAND' ELSE 'DUPLEX' END, 'Road',
        'Town', 'town', 'US', 1, 1, 1, 1, 0.5, 0.5, 0.7, 200000 + n / 5, 'ACTIVE', now(), now(), 1
    FROM (SELECT id, row_number() OVER () AS n FROM identity.users) owner
    """,
    "ANALYZE marketplace.properties, identity.users",
)


async def test_areas_are_found_by_an_index(service: Service) -> None:
    expected: list[tuple[Filters, PropertyAreaSort, str]] = [
        (NEAR, PropertyAreaSort.NEAREST, "ix_properties_area"),
        (NEAR, PropertyAreaSort.NEWEST, "ix_properties_area"),
        (LAND, PropertyAreaSort.NEWEST, "ix_properties_type"),
    ]
    async with planning(service, first=MANY) as plan_of:
        for continued in (False, True):
            last = LAST if continued else {}
            for filters, sort, index in expected:
                binds: dict[str, Any] = {**binds_of(filters), **last, "limit": 21}
                page = page_query(filters.names(), sort, continued=continued)
                assert index in await plan_of(page, binds), (filters, sort, continued)
                assert index in await plan_of(count_query(filters.names()), binds), (filters, continued)
            page = page_query(frozenset(), PropertyAreaSort.NEWEST, continued=continued)
            newest = await plan_of(page, {**last, "limit": 21})
            assert "pk_properties" in newest or "sqlite_autoindex_properties_1" in newest, continued
