"""Queries and statements on one-time authorization codes."""

from typing import TypedDict
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.oauth_codes.tables import OAuthCode
from impl.kernel.reader import Reader
from impl.kernel.statements import Query


class CodeClient(TypedDict):
    client_id: str


_OF_SESSION = Query(
    select(OAuthCode.client_id).where(OAuthCode.session_id == bindparam("session_id"), OAuthCode.subject.is_(None)),
    CodeClient,
)


class OAuthCodeRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_of_session(self, session_id: UUID) -> CodeClient | None:
        return await self._reader.first(_OF_SESSION, session_id=session_id)

    async def add(self, tx: AsyncSession, code: OAuthCode) -> None:
        tx.add(code)
        await tx.flush()

    async def find_locked(self, tx: AsyncSession, code_hash: bytes) -> OAuthCode | None:
        """Lock a code: redemptions queue for it, and the second finds it used."""
        return await tx.scalar(
            select(OAuthCode).where(OAuthCode.code_hash == code_hash).with_for_update(),
            execution_options={"populate_existing": True},
        )

    async def find_locked_of_challenge(self, tx: AsyncSession, challenge_id: UUID) -> OAuthCode | None:
        return await tx.scalar(
            select(OAuthCode).where(OAuthCode.challenge_id == challenge_id).with_for_update(),
            execution_options={"populate_existing": True},
        )
