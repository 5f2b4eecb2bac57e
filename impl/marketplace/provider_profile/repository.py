"""The questions about providers' profiles."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, bindparam, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Query, Reader, Row
from impl.marketplace.provider_profile.tables import ProfileState, ProviderProfile

COLUMNS = (
    ProviderProfile.id,
    ProviderProfile.business_name,
    ProviderProfile.slug,
    ProviderProfile.about,
    ProviderProfile.phone,
    ProviderProfile.website,
    ProviderProfile.base_latitude,
    ProviderProfile.base_longitude,
    ProviderProfile.service_radius_km,
    ProviderProfile.licences,
    type_coerce(ProviderProfile.state, String).label("state"),
    ProviderProfile.review_note,
    ProviderProfile.created_at,
    ProviderProfile.updated_at,
    ProviderProfile.version,
)

OWN = Query(select(*COLUMNS).where(ProviderProfile.user_id == bindparam("user_id")))


class ProfileRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, user_id: UUID) -> Row | None:
        return await self._reader.first(OWN, user_id=user_id)

    async def lock(self, tx: AsyncSession, user_id: UUID) -> Row | None:
        statement = select(*COLUMNS).where(ProviderProfile.user_id == user_id).with_for_update()
        return (await tx.execute(statement)).mappings().first()

    async def find_state(self, tx: AsyncSession, user_id: UUID) -> tuple[UUID, ProfileState] | None:
        """Id and state, held as they are until the transaction ends."""
        statement = select(ProviderProfile.id, ProviderProfile.state).where(ProviderProfile.user_id == user_id)
        row = (await tx.execute(statement.with_for_update(read=True))).first()
        return None if row is None else (row.id, row.state)

    async def insert(self, tx: AsyncSession, values: Mapping[str, object]) -> Row | None:
        """The new row, or None when its slug or its provider has one already."""
        insert = sqlite.insert if tx.get_bind().dialect.name == "sqlite" else postgresql.insert
        statement = insert(ProviderProfile).values(**values).on_conflict_do_nothing().returning(*COLUMNS)
        return (await tx.execute(statement)).mappings().first()

    async def set_concealed(self, tx: AsyncSession, user_id: UUID, concealed_at: datetime | None) -> None:
        statement = update(ProviderProfile).where(ProviderProfile.user_id == user_id)
        await tx.execute(statement.values(concealed_at=concealed_at))

    async def update(self, tx: AsyncSession, profile_id: UUID, values: Mapping[str, object]) -> Row:
        statement = (
            update(ProviderProfile)
            .where(ProviderProfile.id == profile_id)
            .values(**values, version=ProviderProfile.version + 1)
            .returning(*COLUMNS)
        )
        return (await tx.execute(statement)).mappings().one()
