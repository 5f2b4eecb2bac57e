"""Questions about sign-ins that are under way."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.oauth.tables import OAuthFlow
from impl.kernel.reader import Query, Reader, Row

_WAITING = Query(
    select(OAuthFlow.id, OAuthFlow.provider, OAuthFlow.client_id, OAuthFlow.redirect_uri, OAuthFlow.client_state).where(
        OAuthFlow.token_hash == bindparam("token_hash"),
        OAuthFlow.used_at.is_(None),
        OAuthFlow.expires_at > bindparam("now"),
    )
)


class OAuthFlowRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_waiting(self, token_hash: bytes, *, now: datetime) -> Row | None:
        return await self._reader.first(_WAITING, token_hash=token_hash, now=now)

    async def add(self, tx: AsyncSession, flow: OAuthFlow) -> None:
        tx.add(flow)
        await tx.flush()

    async def find_locked(self, tx: AsyncSession, flow_id: UUID) -> OAuthFlow | None:
        return await tx.scalar(
            select(OAuthFlow).where(OAuthFlow.id == flow_id).with_for_update(),
            execution_options={"populate_existing": True},
        )
