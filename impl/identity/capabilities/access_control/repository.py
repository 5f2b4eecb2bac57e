"""Queries and statements on the roles that accounts hold."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from generated.states import AccountState
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.role_catalogue.tables import RoleInheritance, RolePermission
from impl.identity.capabilities.users.tables import User

_LIVE: Final = (User.state == AccountState.ACTIVE, User.closed_at.is_(None))


def is_permitted(account: InstrumentedAttribute[UUID | None], permission: str) -> ColumnElement[bool]:
    """Return the condition that the account is live and has the permission, by its roles or what they inherit from."""
    giving = (
        select(RolePermission.role_name.label("name"))
        .where(RolePermission.permission == permission)
        .cte("giving", recursive=True)
    )
    giving = giving.union(
        select(RoleInheritance.role_name).join(giving, RoleInheritance.inherits_name == giving.c.name)
    )
    return (
        exists()
        .where(User.id == account, *_LIVE, UserRole.user_id == User.id, UserRole.role_name == giving.c.name)
        .correlate(account.class_)
    )


class UserRoleRepository:
    async def find_live_holders(self, tx: AsyncSession, name: str) -> set[UUID]:
        """Return the active holders of the role itself, not of one that inherits from it."""
        live = (
            select(UserRole.user_id).join(User, User.id == UserRole.user_id).where(UserRole.role_name == name, *_LIVE)
        )
        return set(await tx.scalars(live))

    async def names_of(self, tx: AsyncSession, user_id: UUID) -> set[str]:
        return set(await tx.scalars(select(UserRole.role_name).where(UserRole.user_id == user_id)))

    async def live_names_of(self, tx: AsyncSession, user_id: UUID) -> set[str]:
        """Return the role names of the account, or none if it was suspended or closed meanwhile."""
        held = select(UserRole.role_name).join(User, User.id == UserRole.user_id)
        return set(await tx.scalars(held.where(UserRole.user_id == user_id, *_LIVE)))

    async def grant(
        self, tx: AsyncSession, user_id: UUID, names: Iterable[str], *, at: datetime, by: UUID | None
    ) -> None:
        tx.add_all(UserRole(user_id=user_id, role_name=name, granted_at=at, granted_by=by) for name in sorted(names))
        await tx.flush()

    async def revoke(self, tx: AsyncSession, user_id: UUID, names: Iterable[str]) -> None:
        await tx.execute(delete(UserRole).where(UserRole.user_id == user_id, UserRole.role_name.in_(sorted(names))))
