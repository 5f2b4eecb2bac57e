"""Questions about one-time codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.oauth_codes.tables import OAuthCode
from impl.kernel.reader import Query, Reader, Row

_OF_SESSION = Query(
    select(OAuthCode.client_id).where(OAuthCode.session_id == bindparam("session_id"), OAuthCode.subject.is_(None))
)


class OAuthCodeRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_of_session(self, session_id: UUID) -> Row | None:
        return await self._reader.first(_OF_SESSION, session_id=session_id)

    async def add(self, tx: AsyncSession, code: OAuthCode) -> None:
        tx.add(code)
        await tx.flush()

    async def find_locked(self, tx: AsyncSession, code_hash: bytes) -> OAuthCode | None:
        """Redemptions queue for it; whoever comes second finds it used."""
        return await tx.scalar(
            select(OAuthCode).where(OAuthCode.code_hash == code_hash).with_for_update(),
            execution_options={"populate_existing": True},
        )

    async def purge(self, tx: AsyncSession, *, before: datetime) -> int:
        """But for those that opened a session, which go with it: their replay must end it while it lives."""
        gone = await tx.scalars(
            delete(OAuthCode)
            .where(OAuthCode.expires_at < before, or_(OAuthCode.session_id.is_(None), OAuthCode.subject.is_not(None)))
            .returning(OAuthCode.id)
        )
        return len(gone.all())
