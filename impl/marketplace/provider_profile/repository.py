"""Queries and statements on providers' profiles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import String, bindparam, exists, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import ProfileState
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import Upsert
from impl.marketplace.capabilities.geography.service import area_columns, reach
from impl.marketplace.places.tables import Place
from impl.marketplace.provider_profile.tables import (
    Licence,
    ModeratedRow,
    NewProfile,
    ProfileChanges,
    ProfileSlug,
    ProviderProfile,
    ServiceArea,
    StoredProfile,
)

_TABLE: Final = core_table(ProviderProfile)
_BATCH: Final = 500


class ProfileRow(TypedDict):
    id: UUID
    business_name: str
    slug: str
    about: str | None
    phone: str | None
    website: str | None
    base_latitude: float | None
    base_longitude: float | None
    service_radius_km: int | None
    base_place_id: UUID | None
    licences: list[Licence]
    state: str
    review_note: str | None
    approved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class UnplacedRow(TypedDict):
    id: UUID
    base_latitude: float | None
    base_longitude: float | None
    base_place_id: UUID | None


class ProfileStateRow(TypedDict):
    id: UUID
    state: ProfileState


_COLUMNS: Final = (
    ProviderProfile.id,
    ProviderProfile.business_name,
    ProviderProfile.slug,
    ProviderProfile.about,
    ProviderProfile.phone,
    ProviderProfile.website,
    ProviderProfile.base_latitude,
    ProviderProfile.base_longitude,
    ProviderProfile.service_radius_km,
    ProviderProfile.base_place_id,
    ProviderProfile.licences,
    type_coerce(ProviderProfile.state, String).label("state"),
    ProviderProfile.review_note,
    ProviderProfile.approved_at,
    ProviderProfile.created_at,
    ProviderProfile.updated_at,
    ProviderProfile.version,
)

_OWN: Final = select(*_COLUMNS).where(ProviderProfile.user_id == bindparam("user_id"))
_FOUND: Final = Query(_OWN, ProfileRow)
_LOCKED: Final = Query(_OWN.with_for_update(), ProfileRow)
_STATE: Final = Query(
    select(ProviderProfile.id, ProviderProfile.state)
    .where(ProviderProfile.user_id == bindparam("user_id"))
    .with_for_update(read=True),
    ProfileStateRow,
)
_MODERATED: Final = select(
    ProviderProfile.id,
    ProviderProfile.user_id,
    ProviderProfile.slug,
    ProviderProfile.business_name,
    ProviderProfile.state,
    ProviderProfile.review_note,
    ProviderProfile.updated_at,
).where(ProviderProfile.id == bindparam("profile_id"))
_MODERATED_ONE: Final = Query(_MODERATED, ModeratedRow)
_MODERATED_LOCKED: Final = Query(_MODERATED.with_for_update(), ModeratedRow)
_INSERT: Final = Upsert(
    _TABLE, lambda into: Change(into.on_conflict_do_nothing().returning(*_COLUMNS), StoredProfile, ProfileRow)
)
_UPDATE: Final = Change(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("profile_id"))
    .values(version=_TABLE.c.version + 1)
    .returning(*_COLUMNS),
    ProfileChanges,
    ProfileRow,
)
_NAME: Final = Change(
    update(_TABLE).where(_TABLE.c.id == bindparam("profile_id")).returning(*_COLUMNS), ProfileSlug, ProfileRow
)
_PLACE: Final = Change(
    update(_TABLE)
    .where(
        _TABLE.c.id == bindparam("profile_id"),
        _TABLE.c.base_latitude == bindparam("seen_latitude"),
        _TABLE.c.base_longitude == bindparam("seen_longitude"),
    )
    .values(version=_TABLE.c.version + 1)
    .returning(*_COLUMNS),
    ProfileChanges,
    ProfileRow,
)
_UNPLACED: Final = Query(
    select(
        ProviderProfile.id,
        ProviderProfile.base_latitude,
        ProviderProfile.base_longitude,
        ProviderProfile.base_place_id,
    )
    .where(
        # Also those whose town a newer gazetteer lacks.
        ~exists(select(Place.id).where(Place.id == ProviderProfile.base_place_id)),
        ProviderProfile.base_latitude.is_not(None),
        ProviderProfile.id > bindparam("last_id"),
    )
    .order_by(ProviderProfile.id)
    .limit(_BATCH),
    UnplacedRow,
)


def service_area(latitude: float | None, longitude: float | None, radius_km: int | None) -> ServiceArea:
    """Return the columns that searches compare; each write of base point or radius takes them along."""
    area = area_columns(None if latitude is None or longitude is None else (latitude, longitude))
    return {**area, "area_reach": None if radius_km is None else reach(radius_km)}


class ProfileRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, user_id: UUID) -> ProfileRow | None:
        return await self._reader.first(_FOUND, user_id=user_id)

    async def lock(self, tx: AsyncSession, user_id: UUID) -> ProfileRow | None:
        return await _LOCKED.fetch_first(tx, user_id=user_id)

    async def find_state(self, tx: AsyncSession, user_id: UUID) -> ProfileStateRow | None:
        """Return id and state, locked until the transaction ends."""
        return await _STATE.fetch_first(tx, user_id=user_id)

    async def lock_moderated(self, tx: AsyncSession, profile_id: UUID) -> ModeratedRow | None:
        return await _MODERATED_LOCKED.fetch_first(tx, profile_id=profile_id)

    async def moderated(self, tx: AsyncSession, profile_id: UUID) -> ModeratedRow:
        return await _MODERATED_ONE.fetch_one(tx, profile_id=profile_id)

    async def insert(self, tx: AsyncSession, values: NewProfile) -> ProfileRow | None:
        """Insert a row, or return None if its provider has one already."""
        return await _INSERT.on(tx).fetch_first(
            tx,
            {
                **values,
                **service_area(values["base_latitude"], values["base_longitude"], values["service_radius_km"]),
            },
        )

    async def set_slug(self, tx: AsyncSession, profile_id: UUID, slug: str) -> ProfileRow:
        """Set the slug of a new row, without a new version."""
        return await _NAME.fetch_one(tx, {"slug": slug}, profile_id=profile_id)

    async def unplaced(self, last_id: UUID) -> Sequence[UnplacedRow]:
        """Return profiles with a base point and without a town that is there, some at a time."""
        return await self._reader.all(_UNPLACED, last_id=last_id)

    async def set_place(
        self, tx: AsyncSession, seen: UnplacedRow, place_id: UUID | None, updated_at: datetime
    ) -> ProfileRow | None:
        """Set the town of a profile; return None if its base point has changed since it was read."""
        return await _PLACE.fetch_first(
            tx,
            {"base_place_id": place_id, "updated_at": updated_at},
            profile_id=seen["id"],
            seen_latitude=seen["base_latitude"],
            seen_longitude=seen["base_longitude"],
        )

    async def set_concealed(self, tx: AsyncSession, user_id: UUID, concealed_at: datetime | None) -> None:
        statement = update(ProviderProfile).where(ProviderProfile.user_id == user_id)
        await tx.execute(statement.values(concealed_at=concealed_at))

    async def set_verifications_changed(self, tx: AsyncSession, user_id: UUID, now: datetime) -> None:
        statement = update(ProviderProfile).where(ProviderProfile.user_id == user_id)
        await tx.execute(statement.values(verifications_changed_at=now))

    async def update(self, tx: AsyncSession, profile_id: UUID, changes: ProfileChanges) -> ProfileRow:
        if "base_latitude" in changes and "base_longitude" in changes and "service_radius_km" in changes:
            area = service_area(changes["base_latitude"], changes["base_longitude"], changes["service_radius_km"])
            changes = {**changes, **area}
        return await _UPDATE.fetch_one(tx, changes, profile_id=profile_id)
