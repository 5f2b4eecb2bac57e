"""Queries and statements on one-time tokens."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import and_, bindparam, case, false, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.one_time_tokens.tables import OneTimeToken, Purpose
from impl.identity.capabilities.users.tables import EmailChange, User
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime


class PresentedToken(TypedDict):
    id: UUID
    user_id: UUID
    token_hash: bytes
    is_used: bool
    is_live: bool


# The address is compared as well: a link that was mailed to a former address is void.
_IS_LIVE = and_(
    OneTimeToken.used_at.is_(None),
    OneTimeToken.voided_at.is_(None),
    OneTimeToken.expires_at > bindparam("now", type_=UtcDateTime()),
    func.coalesce(case((OneTimeToken.purpose == Purpose.CHANGE_EMAIL, EmailChange.email_key), else_=User.email_key), "")
    == OneTimeToken.email_key,
)
_FOUND = Query(
    select(
        OneTimeToken.id,
        OneTimeToken.user_id,
        OneTimeToken.token_hash,
        OneTimeToken.used_at.is_not(None).label("is_used"),
        case((_IS_LIVE, true()), else_=false()).label("is_live"),
    )
    .join(User, User.id == OneTimeToken.user_id)
    .outerjoin(EmailChange, and_(EmailChange.user_id == User.id, EmailChange.confirmed_at.is_(None)))
    .where(
        OneTimeToken.id == bindparam("token_id"),
        OneTimeToken.purpose == bindparam("purpose"),
        User.state != AccountState.ERASED,
    ),
    PresentedToken,
)


class OneTimeTokenRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_presented(self, token_id: UUID, purpose: Purpose, *, now: datetime) -> PresentedToken | None:
        return await self._reader.first(_FOUND, token_id=token_id, purpose=purpose, now=now)

    async def is_used(self, tx: AsyncSession, token_id: UUID) -> bool:
        used_at = select(OneTimeToken.used_at).where(OneTimeToken.id == token_id)
        return await tx.scalar(used_at) is not None

    async def find(self, tx: AsyncSession, token_id: UUID) -> OneTimeToken | None:
        return await tx.get(OneTimeToken, token_id)

    async def find_newest_id(self, tx: AsyncSession, user_id: UUID, purpose: Purpose) -> UUID | None:
        """Return the id of the newest token, which is the greatest since ids rise with time."""
        return await tx.scalar(
            select(OneTimeToken.id)
            .where(OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose)
            .order_by(OneTimeToken.id.desc())
            .limit(1)
        )

    async def find_live_since(
        self, tx: AsyncSession, user_id: UUID, purpose: Purpose, email_key: str, *, now: datetime
    ) -> datetime | None:
        """Return when the link that works at this moment was made."""
        return await tx.scalar(
            select(OneTimeToken.created_at).where(
                OneTimeToken.user_id == user_id,
                OneTimeToken.purpose == purpose,
                OneTimeToken.email_key == email_key,
                OneTimeToken.used_at.is_(None),
                OneTimeToken.voided_at.is_(None),
                OneTimeToken.expires_at > now,
            )
        )

    async def add(self, tx: AsyncSession, token: OneTimeToken) -> None:
        tx.add(token)
        await tx.flush()

    async def use(self, tx: AsyncSession, token_id: UUID, email_key: str, *, now: datetime) -> bool:
        """Mark a token as used by one statement, which succeeds for one of concurrent redemptions."""
        used = await tx.scalar(
            update(OneTimeToken)
            .where(
                OneTimeToken.id == token_id,
                OneTimeToken.used_at.is_(None),
                OneTimeToken.voided_at.is_(None),
                OneTimeToken.expires_at > now,
                OneTimeToken.email_key == email_key,
            )
            .values(used_at=now)
            .returning(OneTimeToken.id)
        )
        return used is not None

    async def void(self, tx: AsyncSession, user_id: UUID, purpose: Purpose | None, *, now: datetime) -> None:
        live = update(OneTimeToken).where(
            OneTimeToken.user_id == user_id, OneTimeToken.used_at.is_(None), OneTimeToken.voided_at.is_(None)
        )
        if purpose is not None:
            live = live.where(OneTimeToken.purpose == purpose)
        await tx.execute(live.values(voided_at=now))
