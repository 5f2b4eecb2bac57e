"""Service of the role catalogue: what each role permits, and the steps that change it inside a transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.role_catalogue.repository import CatalogueRow, RoleCatalogueRepository
from impl.identity.capabilities.role_catalogue.tables import Role
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id

# Built-in role of administrators, which nobody can edit.
ADMIN: Final = "STAFF_ADMIN"
HOMEOWNER: Final = "HOMEOWNER"
# Roles that people choose when they register; they give no permission of staff.
PROVIDER: Final = "SERVICE_PROVIDER"
OPEN_ROLES: Final = frozenset({HOMEOWNER, PROVIDER})


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """Definition of a role as staff send it, without the name, which never changes."""

    description: str
    inherits: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Permissions and inheritance of every role, as they stood at one version."""

    version: int
    built_in: frozenset[str]
    defined: frozenset[str]
    permissions: Mapping[str, set[str]]
    inherits: Mapping[str, set[str]]

    @classmethod
    def of(cls, rows: Iterable[CatalogueRow]) -> Self:
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
        return cls(version, frozenset(built_in), frozenset(defined), permissions, inherits)

    @property
    def names(self) -> frozenset[str]:
        return self.built_in | self.defined

    def above(self, names: Iterable[str]) -> set[str]:
        """Return these roles and the roles that they inherit from."""
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
        """Return the permissions of these roles, inherited ones included."""
        return frozenset().union(*(self.permissions.get(name, set()) for name in self.above(names)))

    def for_staff(self) -> frozenset[str]:
        """Return the permissions of the built-in staff roles, to which roles that staff define are limited."""
        return self.permitted(self.built_in - OPEN_ROLES)

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


class RoleCatalogueService:
    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._clock = clock
        self._repository = RoleCatalogueRepository(database.reader)

    async def get(self) -> Catalogue:
        return Catalogue.of(await self._repository.get())

    # ---- steps of other features, inside their transaction

    async def read(self, tx: AsyncSession) -> Catalogue:
        return Catalogue.of(await self._repository.read(tx))

    async def lock(self, tx: AsyncSession) -> Catalogue:
        """Lock the roles: changes of roles and of grants queue here, after the lock of the account concerned.

        What is read then stays as it is until the transaction has ended.
        """
        await self._repository.lock(tx)
        return await self.read(tx)

    async def find(self, tx: AsyncSession, role_id: UUID) -> Role | None:
        return await self._repository.find(tx, role_id)

    async def add(self, tx: AsyncSession, name: str, definition: RoleDefinition) -> Role:
        now = self._clock.now()
        role = Role(
            id=new_id(),
            name=name,
            description=definition.description,
            built_in=False,
            created_at=now,
            updated_at=now,
            version=FIRST_VERSION,
        )
        await self._repository.add(tx, role, inherits=set(definition.inherits), permissions=set(definition.permissions))
        return role

    async def redefine(self, tx: AsyncSession, catalogue: Catalogue, role: Role, definition: RoleDefinition) -> None:
        """Replace a role's definition; an equal one is no change and keeps the version.

        The catalogue is the locked one. Roles that inherit from this one change with it.
        """
        inherits, permissions = set(definition.inherits), set(definition.permissions)
        before = (
            role.description,
            catalogue.inherits.get(role.name, set()),
            catalogue.permissions.get(role.name, set()),
        )
        if before == (definition.description, inherits, permissions):
            return
        role.description = definition.description
        await self._repository.redefine(tx, role.name, inherits=inherits, permissions=permissions)
        await self._repository.touch(tx, {role.name, *catalogue.below(role.name)}, now=self._clock.now())
        await self._repository.refresh(tx, role)

    async def remove(self, tx: AsyncSession, role: Role) -> None:
        """Delete a role with its permissions, which nobody holds and no other role inherits from."""
        await self._repository.remove(tx, role)


def _longest(steps: Mapping[str, set[str]], start: str) -> int:
    """Step by step for all at once: there are more ways through a graph than anybody has time to walk."""
    length, reached = 0, {start}
    while reached:
        length += 1
        reached = set().union(*(steps.get(name, ()) for name in reached))
    return length
