"""Queries and statements on linked identities of external providers."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.external_identities.tables import ExternalIdentity
from impl.kernel.pending_writes import savepoint
from impl.kernel.reader import Reader
from impl.kernel.statements import Query


class IdentityRow(TypedDict):
    id: UUID
    provider: str
    email: str | None
    created_at: datetime
    last_used_at: datetime | None


_OF_USER = Query(
    select(
        ExternalIdentity.id,
        ExternalIdentity.provider,
        ExternalIdentity.email,
        ExternalIdentity.created_at,
        ExternalIdentity.last_used_at,
    )
    .where(ExternalIdentity.user_id == bindparam("user_id"))
    .order_by(ExternalIdentity.created_at, ExternalIdentity.id),
    IdentityRow,
)


class ExternalIdentityRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def list_of(self, user_id: UUID) -> list[IdentityRow]:
        return list(await self._reader.all(_OF_USER, user_id=user_id))

    async def find(self, tx: AsyncSession, provider: str, subject: str) -> ExternalIdentity | None:
        return await tx.scalar(
            select(ExternalIdentity).where(ExternalIdentity.provider == provider, ExternalIdentity.subject == subject)
        )

    async def all_of(self, tx: AsyncSession, user_id: UUID) -> list[ExternalIdentity]:
        found = await tx.scalars(select(ExternalIdentity).where(ExternalIdentity.user_id == user_id))
        return list(found)

    async def add(self, tx: AsyncSession, identity: ExternalIdentity) -> bool:
        """Insert an identity; return False if it belongs to somebody by now."""
        try:
            async with savepoint(tx):
                tx.add(identity)
        except IntegrityError:
            return False
        return True

    async def touch(self, tx: AsyncSession, identity_id: UUID, *, email: str | None, now: datetime) -> bool:
        """Record a use of the identity; return False if it was unlinked meanwhile."""
        touched = await tx.scalar(
            update(ExternalIdentity)
            .where(ExternalIdentity.id == identity_id)
            .values(email=email, last_used_at=now)
            .returning(ExternalIdentity.id)
        )
        return touched is not None

    async def remove(self, tx: AsyncSession, identity_id: UUID) -> None:
        await tx.execute(delete(ExternalIdentity).where(ExternalIdentity.id == identity_id))

    async def remove_all(self, tx: AsyncSession, user_id: UUID) -> int:
        gone = await tx.scalars(
            delete(ExternalIdentity).where(ExternalIdentity.user_id == user_id).returning(ExternalIdentity.id)
        )
        return len(gone.all())
