"""Questions about roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.account.tables import AccountState, User
from impl.identity.roles.tables import RoleCatalogue, RoleInheritance, RolePermission, UserRole
from impl.kernel.reader import Query, Reader

_PERMITS = "permits"
_INHERITS = "inherits"

# One statement, so that it sees one moment: a version must never be kept with the permissions of another.
_WHOLE = Query(
    union_all(
        select(
            literal("").label("role_name"),
            literal("version").label("kind"),
            literal("").label("value"),
            RoleCatalogue.version,
        ),
        select(RolePermission.role_name, literal(_PERMITS), RolePermission.permission, literal(0)),
        select(RoleInheritance.role_name, literal(_INHERITS), RoleInheritance.inherits_name, literal(0)),
    )
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What each role permits by itself and whom it inherits from, at one version."""

    version: int
    permissions: dict[str, set[str]]
    inherits: dict[str, set[str]]


class RoleRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def get_catalogue(self) -> Catalogue:
        version = 0
        permissions: dict[str, set[str]] = {}
        inherits: dict[str, set[str]] = {}
        for row in await self._reader.all(_WHOLE):
            kind, name, value = row["kind"], row["role_name"], row["value"]
            if kind == _PERMITS:
                permissions.setdefault(name, set()).add(value)
            elif kind == _INHERITS:
                inherits.setdefault(name, set()).add(value)
            else:
                version = row["version"]
        return Catalogue(version, permissions, inherits)

    async def grant(
        self, tx: AsyncSession, user_id: UUID, names: Iterable[str], *, at: datetime, by: UUID | None
    ) -> None:
        tx.add_all(UserRole(user_id=user_id, role_name=name, granted_at=at, granted_by=by) for name in sorted(names))
        await tx.flush()

    async def lock(self, tx: AsyncSession) -> None:
        """Whoever changes what roles mean or who holds them queues here, after the account that it is about."""
        await tx.execute(select(RoleCatalogue.version).where(RoleCatalogue.id == 1).with_for_update())

    async def find_live_holders(self, tx: AsyncSession, name: str) -> set[UUID]:
        """Of the role itself, not of one that inherits it; who is suspended or never verified holds it in vain."""
        live = (
            select(UserRole.user_id)
            .join(User, User.id == UserRole.user_id)
            .where(UserRole.role_name == name, User.state == AccountState.ACTIVE)
        )
        return set(await tx.scalars(live))
