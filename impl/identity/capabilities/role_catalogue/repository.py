"""Queries and statements on roles, and on the version of their catalogue."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import delete, insert, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.role_catalogue.tables import Role, RoleCatalogue, RoleInheritance, RolePermission
from impl.kernel.reader import Reader
from impl.kernel.statements import Query


class CatalogueRow(TypedDict):
    """Row of the role catalogue: one fact, whose meaning `kind` tells."""

    role_name: str
    kind: str
    value: str
    version: int


# One statement reads one snapshot: a version must never be cached with the permissions of another one.
_WHOLE: Final = Query(
    union_all(
        select(
            literal("").label("role_name"),
            literal("version").label("kind"),
            literal("").label("value"),
            RoleCatalogue.version,
        ),
        select(Role.name, literal("built-in"), literal(""), literal(0)).where(Role.built_in),
        select(Role.name, literal("defined"), literal(""), literal(0)).where(~Role.built_in),
        select(RolePermission.role_name, literal("permits"), RolePermission.permission, literal(0)),
        select(RoleInheritance.role_name, literal("inherits"), RoleInheritance.inherits_name, literal(0)),
    ),
    CatalogueRow,
)


class RoleCatalogueRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def get(self) -> Sequence[CatalogueRow]:
        return await self._reader.all(_WHOLE)

    # ---- inside a transaction

    async def read(self, tx: AsyncSession) -> Sequence[CatalogueRow]:
        return await _WHOLE.fetch_all(tx)

    async def lock(self, tx: AsyncSession) -> None:
        await tx.execute(select(RoleCatalogue.version).where(RoleCatalogue.id == 1).with_for_update())

    async def find(self, tx: AsyncSession, role_id: UUID) -> Role | None:
        return await tx.get(Role, role_id)

    async def add(self, tx: AsyncSession, role: Role, *, inherits: Iterable[str], permissions: Iterable[str]) -> None:
        tx.add(role)
        await tx.flush()
        await self._define(tx, role.name, inherits=inherits, permissions=permissions)

    async def redefine(
        self, tx: AsyncSession, name: str, *, inherits: Iterable[str], permissions: Iterable[str]
    ) -> None:
        await tx.execute(delete(RoleInheritance).where(RoleInheritance.role_name == name))
        await tx.execute(delete(RolePermission).where(RolePermission.role_name == name))
        await self._define(tx, name, inherits=inherits, permissions=permissions)

    async def remove(self, tx: AsyncSession, role: Role) -> None:
        await tx.delete(role)
        await self._raise_version(tx)

    async def touch(self, tx: AsyncSession, names: Iterable[str], *, now: datetime) -> None:
        """Raise the version of roles that changed because a role that they inherit from did."""
        changed = update(Role).where(Role.name.in_(sorted(names)))
        await tx.execute(changed.values(version=Role.version + 1, updated_at=now))

    async def refresh(self, tx: AsyncSession, role: Role) -> None:
        """Read the row again after statements have changed it."""
        await tx.refresh(role)

    async def _define(
        self, tx: AsyncSession, name: str, *, inherits: Iterable[str], permissions: Iterable[str]
    ) -> None:
        above = [{"role_name": name, "inherits_name": other} for other in sorted(inherits)]
        own = [{"role_name": name, "permission": permission} for permission in sorted(permissions)]
        if above:
            await tx.execute(insert(RoleInheritance), above)
        if own:
            await tx.execute(insert(RolePermission), own)
        await self._raise_version(tx)

    async def _raise_version(self, tx: AsyncSession) -> None:
        await tx.execute(update(RoleCatalogue).values(version=RoleCatalogue.version + 1))
