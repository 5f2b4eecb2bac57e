"""Queries and statements on sessions and their refresh tokens."""

from datetime import datetime
from typing import Annotated, TypedDict
from uuid import UUID

from sqlalchemy import String, bindparam, func, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.authentication.tables import EndReason, RefreshToken, Session
from impl.identity.capabilities.role_catalogue.tables import RoleCatalogue
from impl.identity.capabilities.second_factor.tables import TotpFactor
from impl.identity.capabilities.users.tables import User
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Query


class SessionStateRow(TypedDict):
    user_id: UUID
    expires_at: datetime
    ended_at: datetime | None
    last_seen_at: datetime
    closed_at: datetime | None
    email: str
    state: str
    roles: str | None
    roles_version: Annotated[int, NEVER_NULL]
    mfa_enrolled_at: datetime | None
    username: str | None
    full_name: str
    phone: str | None
    locale: str
    has_password: bool
    created_at: datetime
    updated_at: datetime
    version: int


class SummaryRow(TypedDict):
    id: UUID
    provider: str
    device_id: UUID
    created_at: datetime
    expires_at: datetime
    username: str | None
    full_name: str
    locale: str
    state: AccountState


class TokenRow(TypedDict):
    session_id: UUID
    token_hash: bytes
    user_id: UUID


# The only query of every signed-in request: by primary keys, with the roles and their catalogue's version, and the
# details of the account, which `getAccount` answers with.
_SESSION_STATE = Query(
    select(
        Session.user_id,
        Session.expires_at,
        Session.ended_at,
        Session.last_seen_at,
        User.closed_at,
        User.email,
        # Read as text: to make an enum member for each request would cost more than the comparison that needs it.
        type_coerce(User.state, String).label("state"),
        select(func.aggregate_strings(UserRole.role_name, ","))
        .where(UserRole.user_id == Session.user_id)
        .correlate(Session)
        .scalar_subquery()
        .label("roles"),
        select(RoleCatalogue.version).where(RoleCatalogue.id == 1).scalar_subquery().label("roles_version"),
        select(TotpFactor.confirmed_at)
        .where(TotpFactor.user_id == Session.user_id)
        .correlate(Session)
        .scalar_subquery()
        .label("mfa_enrolled_at"),
        User.username,
        User.full_name,
        User.phone,
        User.locale,
        User.password_hash.is_not(None).label("has_password"),
        User.created_at,
        User.updated_at,
        User.version,
    )
    .join(User, User.id == Session.user_id)
    .where(Session.id == bindparam("session_id")),
    SessionStateRow,
)
_SUMMARY = Query(
    select(
        Session.id,
        Session.device_id,
        Session.provider,
        Session.created_at,
        Session.expires_at,
        User.username,
        User.full_name,
        User.locale,
        User.state,
    )
    .join(User, User.id == Session.user_id)
    .where(Session.id == bindparam("session_id")),
    SummaryRow,
)
_BY_TOKEN = Query(
    select(RefreshToken.session_id, RefreshToken.token_hash, Session.user_id)
    .join(Session, Session.id == RefreshToken.session_id)
    .where(RefreshToken.id == bindparam("token_id")),
    TokenRow,
)


class SessionRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_session_state(self, session_id: UUID) -> SessionStateRow | None:
        return await self._reader.first(_SESSION_STATE, session_id=session_id)

    async def find_summary(self, session_id: UUID) -> SummaryRow | None:
        return await self._reader.first(_SUMMARY, session_id=session_id)

    async def find_by_token(self, token_id: UUID) -> TokenRow | None:
        return await self._reader.first(_BY_TOKEN, token_id=token_id)

    async def add(self, tx: AsyncSession, session: Session, token: RefreshToken) -> None:
        # Flushed one after the other, because the mapper does not know that one row refers to the other.
        tx.add(session)
        await tx.flush()
        tx.add(token)
        await tx.flush()

    async def find_locked_by_token(self, tx: AsyncSession, token_id: UUID) -> Session | None:
        """Lock the session of a token before reading its tokens: concurrent redemptions queue for it."""
        of_token = select(RefreshToken.session_id).where(RefreshToken.id == token_id).scalar_subquery()
        return await tx.scalar(select(Session).where(Session.id == of_token).with_for_update(key_share=True))

    async def is_live(self, tx: AsyncSession, session_id: UUID, *, now: datetime) -> bool:
        live = select(Session.id).where(Session.id == session_id, Session.ended_at.is_(None), Session.expires_at > now)
        return await tx.scalar(live) is not None

    async def find_token(self, tx: AsyncSession, token_id: UUID) -> RefreshToken | None:
        return await tx.scalar(select(RefreshToken).where(RefreshToken.id == token_id))

    async def find_successor(self, tx: AsyncSession, token_id: UUID) -> RefreshToken | None:
        return await tx.scalar(select(RefreshToken).where(RefreshToken.predecessor_id == token_id))

    async def add_token(self, tx: AsyncSession, token: RefreshToken) -> None:
        tx.add(token)
        await tx.flush()

    async def end(self, tx: AsyncSession, session_id: UUID, reason: EndReason, *, now: datetime, user_id: UUID) -> bool:
        """End a session; return False if it ended before, expired, or is another account's."""
        ended = await tx.scalar(
            update(Session)
            .where(
                Session.id == session_id,
                Session.user_id == user_id,
                Session.ended_at.is_(None),
                Session.expires_at > now,
            )
            .values(ended_at=now, end_reason=reason)
            .returning(Session.id)
        )
        return ended is not None

    async def end_all(
        self, tx: AsyncSession, user_id: UUID, reason: EndReason, *, now: datetime, but: UUID | None
    ) -> int:
        live = update(Session).where(Session.user_id == user_id, Session.ended_at.is_(None))
        if but is not None:
            live = live.where(Session.id != but)
        ended = await tx.scalars(live.values(ended_at=now, end_reason=reason).returning(Session.id))
        return len(ended.all())

    async def touch(self, tx: AsyncSession, session_id: UUID, *, now: datetime, before: datetime) -> None:
        await tx.execute(
            update(Session).where(Session.id == session_id, Session.last_seen_at < before).values(last_seen_at=now)
        )
