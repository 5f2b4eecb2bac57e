"""Queries and statements on accounts."""

import unicodedata
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import String, bindparam, delete, func, or_, select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.users.tables import ALIVE, EmailChange, User
from impl.kernel.paging import Counted, total_of
from impl.kernel.pending_writes import savepoint
from impl.kernel.reader import Reader
from impl.kernel.rows import check_values
from impl.kernel.statements import Query
from impl.kernel.tables import core_table

_RESTORABLE = User.state != AccountState.ERASED


class CredentialsRow(TypedDict):
    id: UUID
    email: str
    email_key: str
    username: str | None
    state: str
    password_hash: str | None
    password_changed_at: datetime | None
    credential_epoch: int


class UserChanges(TypedDict, total=False):
    """Values of an update of an account that may violate the uniqueness of address or username."""

    email: str
    email_key: str
    email_verified_at: datetime | None
    once_verified_at: datetime | None
    state: AccountState
    username: str | None
    username_key: str | None
    full_name: str
    phone: str | None
    locale: str
    updated_at: datetime
    version: int


check_values(core_table(User), UserChanges, is_new=False)


class UserId(TypedDict):
    id: UUID


_CREDENTIALS = select(
    User.id,
    User.email,
    User.email_key,
    User.username,
    # Read as text: to make an enum member for each sign-in would cost more than the comparison that needs it.
    type_coerce(User.state, String).label("state"),
    User.password_hash,
    User.password_changed_at,
    User.credential_epoch,
).where(ALIVE)
# Usernames contain no @ and addresses do, so a login names one of the two. An account that was never verified has no
# username key, and so cannot sign in by its username.
_BY_LOGIN = Query(
    _CREDENTIALS.where(or_(User.email_key == bindparam("login"), User.username_key == bindparam("login"))),
    CredentialsRow,
)
_BY_ID = Query(_CREDENTIALS.where(User.id == bindparam("user_id")), CredentialsRow)

_CLOSED_BEFORE = User.closed_at <= bindparam("before"), _RESTORABLE
_CLOSED = Query(select(User.id).where(*_CLOSED_BEFORE).order_by(User.closed_at).limit(bindparam("limit")), UserId)
_CLOSED_COUNT = Query(select(func.count().label("total")).where(*_CLOSED_BEFORE), Counted)


def email_key(email: str) -> str:
    """Return the form in which addresses are compared; nothing is mailed to it, since spellings may differ."""
    local, _, domain = unicodedata.normalize("NFC", email.strip()).rpartition("@")
    return f"{local.lower()}@{_ascii(domain.lower())}"


def username_key(username: str) -> str:
    return unicodedata.normalize("NFKC", username.strip()).casefold()


def login_key(login: str) -> str:
    return email_key(login) if "@" in login else username_key(login)


def _ascii(domain: str) -> str:
    """Return a domain as A-labels (RFC 5890), whichever of its two spellings it came in."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


class UserRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_credentials(self, login: str) -> CredentialsRow | None:
        return await self._reader.first(_BY_LOGIN, login=login_key(login))

    async def find_credentials_of(self, user_id: UUID) -> CredentialsRow | None:
        return await self._reader.first(_BY_ID, user_id=user_id)

    async def find(self, tx: AsyncSession, user_id: UUID) -> User | None:
        return await tx.scalar(select(User).where(User.id == user_id, ALIVE))

    async def find_locked(self, tx: AsyncSession, user_id: UUID) -> User | None:
        """Lock an account so that rows may still refer to it: foreign keys take a weaker lock than the usual one."""
        return await tx.scalar(select(User).where(User.id == user_id, ALIVE).with_for_update(key_share=True))

    async def find_locked_even_closed(self, tx: AsyncSession, user_id: UUID) -> User | None:
        return await tx.scalar(select(User).where(User.id == user_id, _RESTORABLE).with_for_update(key_share=True))

    async def find_closed(self, *, before: datetime, limit: int) -> list[UUID]:
        return [row["id"] for row in await self._reader.all(_CLOSED, before=before, limit=limit)]

    async def count_closed(self, *, before: datetime) -> int:
        return await total_of(self._reader, _CLOSED_COUNT, before=before)

    async def find_by_email(self, tx: AsyncSession, email: str) -> User | None:
        """Find the account of an address, closed ones included: whoever reads its mail may restore it."""
        return await tx.scalar(select(User).where(User.email_key == email_key(email), _RESTORABLE))

    async def find_email_change(self, tx: AsyncSession, change_id: UUID) -> EmailChange | None:
        return await tx.get(EmailChange, change_id)

    async def find_open_email_change(self, tx: AsyncSession, user_id: UUID) -> EmailChange | None:
        return await tx.scalar(
            select(EmailChange).where(EmailChange.user_id == user_id, EmailChange.confirmed_at.is_(None))
        )

    async def drop_email_change(self, tx: AsyncSession, user_id: UUID) -> None:
        opened = EmailChange.user_id == user_id, EmailChange.confirmed_at.is_(None)
        await tx.execute(delete(EmailChange).where(*opened))

    async def add_email_change(self, tx: AsyncSession, change: EmailChange) -> None:
        tx.add(change)
        await tx.flush()

    async def confirm_email_change(
        self, tx: AsyncSession, change: EmailChange, *, former_email: str, now: datetime
    ) -> None:
        change.confirmed_at, change.former_email = now, former_email
        await tx.flush()

    async def write(self, tx: AsyncSession) -> None:
        """Flush changes, for statements that read the tables directly."""
        await tx.flush()

    async def find_locked_by_email(self, tx: AsyncSession, email: str) -> User | None:
        matching = select(User).where(User.email_key == email_key(email), ALIVE).with_for_update(key_share=True)
        return await tx.scalar(matching, execution_options={"populate_existing": True})

    async def is_username_taken(self, tx: AsyncSession, username: str) -> bool:
        found = await tx.scalar(select(User.id).where(User.username_key == username_key(username)))
        return found is not None

    async def add(self, tx: AsyncSession, user: User) -> bool:
        """Store the account; return False if its address or username belongs to somebody by now."""
        try:
            async with savepoint(tx):
                tx.add(user)
        except IntegrityError:
            return False
        return True

    async def change(self, tx: AsyncSession, user: User, values: UserChanges) -> bool:
        """Store the account; return False if its address or username belongs to somebody by now."""
        try:
            # Set inside the savepoint: pending changes are flushed before it begins, and would fail the whole
            # transaction.
            async with savepoint(tx):
                for name, value in values.items():
                    setattr(user, name, value)
        except IntegrityError:
            # The savepoint's rollback has expired the attributes, and a lazy load would have to be awaited.
            await tx.refresh(user)
            return False
        return True
