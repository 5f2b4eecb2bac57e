"""Query for the caller's own account."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import String, bindparam, select, type_coerce

from impl.identity.capabilities.users.tables import ALIVE, User
from impl.kernel.reader import Reader
from impl.kernel.statements import Query


class AccountRow(TypedDict):
    id: UUID
    email: str
    state: str
    username: str | None
    full_name: str
    phone: str | None
    locale: str
    has_password: bool
    created_at: datetime
    updated_at: datetime
    version: int


_ACCOUNT = Query(
    select(
        User.id,
        User.email,
        # Read as text: to convert the enum would cost more than the rest of the row.
        type_coerce(User.state, String).label("state"),
        User.username,
        User.full_name,
        User.phone,
        User.locale,
        User.password_hash.is_not(None).label("has_password"),
        User.created_at,
        User.updated_at,
        User.version,
    ).where(User.id == bindparam("user_id"), ALIVE),
    AccountRow,
)


class AccountRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, user_id: UUID) -> AccountRow | None:
        return await self._reader.first(_ACCOUNT, user_id=user_id)
