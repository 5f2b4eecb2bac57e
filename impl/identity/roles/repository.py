"""Queries on roles and on the grants of an account."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import AccountState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.role_catalogue.tables import Role
from impl.identity.capabilities.users.tables import User
from impl.kernel.paging import EACH, LIMIT, Counted, after_position, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query


class RoleRow(TypedDict):
    id: UUID
    name: str
    description: str
    built_in: bool
    created_at: datetime
    updated_at: datetime
    version: int


class GrantRow(TypedDict):
    version: int
    role_name: str
    granted_at: datetime
    granted_by: UUID | None


class NoGrantRow(TypedDict):
    """Row of an account that holds no role."""

    version: int
    role_name: None
    granted_at: None
    granted_by: None


_COLUMNS: Final = (
    Role.id,
    Role.name,
    Role.description,
    Role.built_in,
    Role.created_at,
    Role.updated_at,
    Role.version,
)
_ONE: Final = Query(select(*_COLUMNS).where(Role.id == bindparam("role_id")), RoleRow)
_COUNT: Final = Query(bounded_count(select(EACH).select_from(Role)), Counted)
# An outer join, because the version of an account without roles is needed as well.
_GRANTS: Final = Query(
    select(User.version, UserRole.role_name, UserRole.granted_at, UserRole.granted_by)
    .outerjoin(UserRole, UserRole.user_id == User.id)
    .where(User.id == bindparam("user_id"), User.state != AccountState.ERASED, User.closed_at.is_(None))
    .order_by(UserRole.role_name),
    GrantRow,
    NoGrantRow,
)


@cache
def _page(*, continued: bool) -> Query[RoleRow]:
    statement = select(*_COLUMNS).order_by(Role.name).limit(LIMIT)
    return Query(statement.where(after_position({"last_name": Role.name})) if continued else statement, RoleRow)


class RolesRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(self, *, after: str | None, limit: int) -> Sequence[RoleRow]:
        if after is None:
            return await self._reader.all(_page(continued=False), limit=limit)
        return await self._reader.all(_page(continued=True), last_name=after, limit=limit)

    async def count(self) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        return await total_of(self._reader, _COUNT)

    async def find(self, role_id: UUID) -> RoleRow | None:
        return await self._reader.first(_ONE, role_id=role_id)

    async def grants_of(self, user_id: UUID) -> Sequence[GrantRow | NoGrantRow]:
        """Return the grants of an account; none if there is no such account."""
        return await self._reader.all(_GRANTS, user_id=user_id)

    # ---- inside a transaction

    async def is_held(self, tx: AsyncSession, name: str) -> bool:
        held = select(UserRole.user_id).where(UserRole.role_name == name).limit(1)
        return await tx.scalar(held) is not None

    async def get_grants(self, tx: AsyncSession, user_id: UUID) -> Sequence[UserRole]:
        return (
            await tx.scalars(select(UserRole).where(UserRole.user_id == user_id).order_by(UserRole.role_name))
        ).all()
