"""Queries and statements on roles, role assignments and the version of the role catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypedDict
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.access_control.tables import (
    Role,
    RoleCatalogue,
    RoleInheritance,
    RolePermission,
    UserRole,
)
from impl.identity.capabilities.users.tables import AccountState, User
from impl.kernel.paging import EACH, LIMIT, Counted, after_position, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query

_LIVE = (User.state == AccountState.ACTIVE, User.closed_at.is_(None))


class CatalogueRow(TypedDict):
    """Row of the role catalogue: one fact, whose meaning `kind` tells."""

    role_name: str
    kind: str
    value: str
    version: int


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


# One statement reads one snapshot: a version must never be cached with the permissions of another one.
_WHOLE = Query(
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
_COLUMNS = (
    Role.id,
    Role.name,
    Role.description,
    Role.built_in,
    Role.created_at,
    Role.updated_at,
    Role.version,
)
_ONE = Query(select(*_COLUMNS).where(Role.id == bindparam("role_id")), RoleRow)
_COUNT = Query(bounded_count(select(EACH).select_from(Role)), Counted)
# An outer join, because the version of an account without roles is needed as well.
_GRANTS = Query(
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


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Permissions and inheritance of every role, as they stood at one version."""

    version: int
    built_in: frozenset[str]
    defined: frozenset[str]
    permissions: Mapping[str, set[str]]
    inherits: Mapping[str, set[str]]

    def above(self, names: Iterable[str]) -> set[str]:
        """Return these roles and all that they inherit from."""
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self.inherits.get(name, ()))
        return reached

    def below(self, name: str) -> set[str]:
        """Return the roles that inherit from a role, directly or not."""
        return {other for other in self.inherits if other != name and name in self.above([other])}

    def permitted(self, names: Iterable[str]) -> frozenset[str]:
        """Return all that these roles permit, through inheritance too."""
        return frozenset().union(*(self.permissions.get(name, set()) for name in self.above(names)))

    def depth(self, name: str) -> int:
        """Return how many roles the longest chain upwards has, this one included."""
        return _longest(self.inherits, name)

    def height(self, name: str) -> int:
        """Return how many roles the longest chain downwards has, this one included."""
        heirs: dict[str, set[str]] = {}
        for other, above in self.inherits.items():
            for one in above:
                heirs.setdefault(one, set()).add(other)
        return _longest(heirs, name)


class RoleRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def get_catalogue(self) -> Catalogue:
        return _catalogue(await self._reader.all(_WHOLE))

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

    async def lock(self, tx: AsyncSession) -> Catalogue:
        """Lock the roles: changes of roles and of grants queue here, after the lock of the account concerned.

        What is read then stays as it is until the transaction has ended.
        """
        await tx.execute(select(RoleCatalogue.version).where(RoleCatalogue.id == 1).with_for_update())
        return await self.read(tx)

    async def read(self, tx: AsyncSession) -> Catalogue:
        return _catalogue(await _WHOLE.fetch_all(tx))

    async def find_live_holders(self, tx: AsyncSession, name: str) -> set[UUID]:
        """Return the active holders of the role itself, not of one that inherits from it."""
        live = (
            select(UserRole.user_id).join(User, User.id == UserRole.user_id).where(UserRole.role_name == name, *_LIVE)
        )
        return set(await tx.scalars(live))

    async def is_held(self, tx: AsyncSession, name: str) -> bool:
        held = select(UserRole.user_id).where(UserRole.role_name == name).limit(1)
        return await tx.scalar(held) is not None

    async def names_of(self, tx: AsyncSession, user_id: UUID) -> set[str]:
        return set(await tx.scalars(select(UserRole.role_name).where(UserRole.user_id == user_id)))

    async def live_names_of(self, tx: AsyncSession, user_id: UUID) -> set[str]:
        """Return the role names of the account, or none if it was suspended or closed meanwhile."""
        held = select(UserRole.role_name).join(User, User.id == UserRole.user_id)
        return set(await tx.scalars(held.where(UserRole.user_id == user_id, *_LIVE)))

    async def get_grants(self, tx: AsyncSession, user_id: UUID) -> Sequence[UserRole]:
        return (
            await tx.scalars(select(UserRole).where(UserRole.user_id == user_id).order_by(UserRole.role_name))
        ).all()

    async def find_role(self, tx: AsyncSession, role_id: UUID) -> Role | None:
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
        """Delete a role with its permissions, if nobody holds it and no other role inherits from it."""
        await tx.delete(role)
        await self._raise_version(tx)

    async def touch(self, tx: AsyncSession, names: Iterable[str], *, now: datetime) -> None:
        """Raise the version of roles that changed because a role that they inherit from did."""
        changed = update(Role).where(Role.name.in_(sorted(names)))
        await tx.execute(changed.values(version=Role.version + 1, updated_at=now))

    async def refresh(self, tx: AsyncSession, role: Role) -> None:
        """Read the row again after statements have changed it."""
        await tx.refresh(role)

    async def grant(
        self, tx: AsyncSession, user_id: UUID, names: Iterable[str], *, at: datetime, by: UUID | None
    ) -> None:
        tx.add_all(UserRole(user_id=user_id, role_name=name, granted_at=at, granted_by=by) for name in sorted(names))
        await tx.flush()

    async def revoke(self, tx: AsyncSession, user_id: UUID, names: Iterable[str]) -> None:
        await tx.execute(delete(UserRole).where(UserRole.user_id == user_id, UserRole.role_name.in_(sorted(names))))

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


def _longest(steps: Mapping[str, set[str]], start: str) -> int:
    """Step by step for all at once: there are more ways through a graph than anybody has time to walk."""
    length, reached = 0, {start}
    while reached:
        length += 1
        reached = set().union(*(steps.get(name, ()) for name in reached))
    return length


def _catalogue(rows: Iterable[CatalogueRow]) -> Catalogue:
    version = 0
    built_in: set[str] = set()
    defined: set[str] = set()
    permissions: dict[str, set[str]] = {}
    inherits: dict[str, set[str]] = {}
    for row in rows:
        name, value = row["role_name"], row["value"]
        match row["kind"]:
            case "permits":
                permissions.setdefault(name, set()).add(value)
            case "inherits":
                inherits.setdefault(name, set()).add(value)
            case "built-in":
                built_in.add(name)
            case "defined":
                defined.add(name)
            case _:
                version = row["version"]
    return Catalogue(version, frozenset(built_in), frozenset(defined), permissions, inherits)
