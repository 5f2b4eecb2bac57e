"""The migrations derive the areas of what was there before, and widen the narrow cells beside 180 degrees."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import insert, select

from generated.states import AccountState, ProfileState, PropertyState
from impl.identity.capabilities.users.tables import User
from impl.kernel.engines.connecting import connect
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.geography.service import area_columns, cell_of, coarse_area, vector
from impl.marketplace.properties.tables import Property, PropertyType
from impl.marketplace.provider_profile.tables import ProviderProfile
from tests.migrations.test_migrations import VERSIONS, step

BEFORE = VERSIONS[[path.stem.endswith("_property_areas") for path in VERSIONS].index(True) - 1].stem
NOW = datetime(2026, 2, 1, tzinfo=UTC)
STAMPS = {"created_at": NOW, "updated_at": NOW, "version": 1}
# A point, and the centre of its cell as it was before.
PORTLAND = ((45.5179, -122.6512), (45.521919, -122.655551))
DATE_LINE = ((-21.5, 179.9999), (-21.501078, 180.0))
# More than are written at once.
MANY = 501


async def test_areas_are_derived_and_no_cell_is_narrow(empty_database_url: str) -> None:
    user_id, profile_id, at_date_line, nowhere = new_id(), new_id(), new_id(), new_id()
    address = {"line1": "Road 1", "city": "Town", "city_key": "town", "country": "US", "words": " town "}
    kind = {"owner_id": user_id, "type": PropertyType.LAND, "state": PropertyState.ACTIVE, "label": "Home"}
    plain = [new_id() for _ in range(MANY)]
    there = {**dict.fromkeys(plain, PORTLAND), at_date_line: DATE_LINE, nowhere: None}
    await step(empty_database_url, command.upgrade, BEFORE)
    database = connect(empty_database_url)
    async with database.begin() as tx:
        names = {"email": "before@example.test", "email_key": "before@example.test", "full_name": "Someone"}
        known = {"locale": "en-US", "state": AccountState.ACTIVE, "password_changed_at": NOW, "credential_epoch": 1}
        await tx.execute(insert(User).values(id=user_id, email_verified_at=NOW, **names, **known, **STAMPS))
        await tx.execute(
            insert(Property), [{"id": one, **_at(place), **kind, **address, **STAMPS} for one, place in there.items()]
        )
        business = {"business_name": "Taps", "slug": "taps", "licences": [], "state": ProfileState.DRAFT, **STAMPS}
        (latitude, longitude), narrow = DATE_LINE
        base = {"base_latitude": latitude, "base_longitude": longitude, "area_cell": cell_of(narrow)}
        base |= dict(zip(("area_x", "area_y", "area_z"), vector(narrow), strict=True))
        await tx.execute(insert(ProviderProfile).values(id=profile_id, user_id=user_id, **business, **base))
    await database.close()
    await step(empty_database_url, command.upgrade, "head")
    database = connect(empty_database_url)
    async with database.begin() as tx:
        found = {row.id: row for row in await tx.scalars(select(Property))}
        profile = (await tx.scalars(select(ProviderProfile))).one()
    await database.close()

    for one in plain:
        assert _area(found[one]) == {**area_columns(PORTLAND[0])}
        assert (found[one].area_latitude, found[one].area_longitude) == PORTLAND[1]
    widened = found[at_date_line]
    assert (widened.area_latitude, widened.area_longitude) == coarse_area(*DATE_LINE[0]) != DATE_LINE[1]
    assert _area(widened) == _area(profile) == {**area_columns(DATE_LINE[0])}
    assert set(_area(found[nowhere]).values()) == {None}


def _at(place: tuple[tuple[float, float], tuple[float, float]] | None) -> dict[str, object]:
    names = ("latitude", "longitude", "area_latitude", "area_longitude")
    return dict.fromkeys(names) if place is None else dict(zip(names, (*place[0], *place[1]), strict=True))


def _area(row: Property | ProviderProfile) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("area_x", "area_y", "area_z", "area_cell")}
