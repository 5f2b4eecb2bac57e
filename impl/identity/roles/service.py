"""What the roles of an account permit, kept in the process as long as their version stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.roles.errors import LastAdmin
from impl.identity.roles.repository import Catalogue, RoleRepository
from impl.kernel.clock import Clock
from impl.kernel.database import Database

# The one role that nobody can edit away from under its holders.
ADMIN: Final = "STAFF_ADMIN"
# Sets of roles that accounts really hold are few; staff could still define many.
_MAX_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Access:
    """The roles that an account was given, and all that they permit, through inheritance too."""

    roles: frozenset[str]
    permissions: frozenset[str]


class _Kept:
    """One catalogue and what was found out from it; never mixed with another's, however requests interleave."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._accesses: dict[str, Access] = {}

    def access(self, held: str) -> Access:
        access = self._accesses.get(held)
        if access is None:
            if len(self._accesses) >= _MAX_KEPT:
                self._accesses.clear()
            access = self._accesses[held] = _resolve(self.catalogue, held)
        return access


class RolesService:
    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._clock = clock
        self._roles = RoleRepository(database.reader)
        self._kept: _Kept | None = None

    async def access(self, held: str, version: int) -> Access:
        """Of role names joined by commas, which is how the session's one read brings them, at the version it saw."""
        kept = self._kept
        if kept is None or kept.catalogue.version != version:
            kept = self._kept = _Kept(await self._roles.get_catalogue())
        return kept.access(held)

    async def grant(self, tx: AsyncSession, user_id: UUID, names: Iterable[str], *, by: UUID | None = None) -> None:
        await self._roles.grant(tx, user_id, names, at=self._clock.now(), by=by)

    async def refuse_losing_last_admin(self, tx: AsyncSession, user_id: UUID) -> None:
        """Before an account is demoted, suspended, closed or erased, and after its own lock was taken.

        Raises LastAdmin when nobody else who is an administrator could sign in. Whoever asks about another
        administrator meanwhile waits until this transaction has ended, and then counts without this one.
        """
        await self._roles.lock(tx)
        if await self._roles.find_live_holders(tx, ADMIN) == {user_id}:
            raise LastAdmin


def _resolve(catalogue: Catalogue, held: str) -> Access:
    roles = frozenset(name for name in held.split(",") if name)
    reached: set[str] = set()
    waiting = list(roles)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(catalogue.inherits.get(name, ()))
    permissions = (catalogue.permissions.get(name, set()) for name in reached)
    return Access(roles, frozenset().union(*permissions))
