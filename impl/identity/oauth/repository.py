"""Queries and statements on pending sign-ins with identity providers."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.oauth.tables import OAuthFlow
from impl.kernel.reader import Reader
from impl.kernel.statements import Query


class WaitingFlow(TypedDict):
    id: UUID
    provider: str
    client_id: str
    redirect_uri: str
    client_state: str
    browser_hash: bytes | None


_WAITING = Query(
    select(
        OAuthFlow.id,
        OAuthFlow.provider,
        OAuthFlow.client_id,
        OAuthFlow.redirect_uri,
        OAuthFlow.client_state,
        OAuthFlow.browser_hash,
    ).where(
        OAuthFlow.token_hash == bindparam("token_hash"),
        OAuthFlow.used_at.is_(None),
        OAuthFlow.expires_at > bindparam("now"),
    ),
    WaitingFlow,
)


class OAuthFlowRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_waiting(self, token_hash: bytes, *, now: datetime) -> WaitingFlow | None:
        return await self._reader.first(_WAITING, token_hash=token_hash, now=now)

    async def add(self, tx: AsyncSession, flow: OAuthFlow) -> None:
        tx.add(flow)
        await tx.flush()

    async def bind(self, tx: AsyncSession, flow_id: UUID, browser_hash: bytes) -> bool:
        """Bind the flow to a browser; return True for the first of concurrent requests."""
        bound = await tx.scalar(
            update(OAuthFlow)
            .where(OAuthFlow.id == flow_id, OAuthFlow.browser_hash.is_(None))
            .values(browser_hash=browser_hash)
            .returning(OAuthFlow.id)
        )
        return bound is not None

    async def find_locked(self, tx: AsyncSession, flow_id: UUID) -> OAuthFlow | None:
        return await tx.scalar(
            select(OAuthFlow).where(OAuthFlow.id == flow_id).with_for_update(),
            execution_options={"populate_existing": True},
        )
