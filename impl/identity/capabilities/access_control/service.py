"""Service that resolves roles to permissions, defines roles and grants them to accounts.

Resolved permissions are cached in the process until the catalogue's version changes.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.access_control.errors import (
    BuiltInRole,
    ExceedsOwnPermissions,
    LastAdmin,
    RoleInUse,
    RoleNameTaken,
    RoleRefused,
    UnknownRole,
)
from impl.identity.capabilities.access_control.repository import Catalogue, RoleRepository, RoleRow
from impl.identity.capabilities.access_control.tables import Role
from impl.identity.capabilities.users.service import UsersService
from impl.kernel import audit, etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Page
from openapi.runtime.wire import FieldError, Reply

# Built-in role of administrators, which nobody can edit.
ADMIN: Final = "STAFF_ADMIN"
HOMEOWNER: Final = "HOMEOWNER"
# Roles that people choose when they register; they give no permission of staff.
OPEN_ROLES: Final = frozenset({HOMEOWNER, "SERVICE_PROVIDER"})
DEPTH_MAX: Final = 8
# Bound on the cache: accounts hold few distinct sets of roles, but staff could define many.
_MAX_KEPT = 4096


@dataclass(frozen=True, slots=True)
class RoleAccess:
    """Roles that were granted to an account, and all permissions that they give, inherited ones included."""

    roles: frozenset[str]
    permissions: frozenset[str]
    mfa_required: bool


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """Definition of a role as staff send it, without the name, which never changes."""

    description: str
    inherits: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleDescription:
    """Description of a role with its own and its inherited permissions."""

    id: UUID
    name: str
    description: str
    built_in: bool
    inherits: Sequence[str]
    permissions: Sequence[str]
    effective: Sequence[str]
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Grant:
    name: str
    granted_at: datetime
    granted_by: UUID | None


@dataclass(frozen=True, slots=True)
class Grants:
    """Roles of an account, and the version of the account."""

    user_id: UUID
    version: int
    grants: Sequence[Grant]


class _CachedCatalogue:
    """Cache of one version of the catalogue and of what was computed from it.

    A new version gets a new cache, so that interleaved requests never mix two versions.
    """

    def __init__(self, catalogue: Catalogue, mfa_roles: frozenset[str]) -> None:
        self.catalogue = catalogue
        self._mfa_roles = mfa_roles
        self._accesses: dict[str, RoleAccess] = {}

    def access(self, held: str) -> RoleAccess:
        access = self._accesses.get(held)
        if access is None:
            if len(self._accesses) >= _MAX_KEPT:
                self._accesses.clear()
            roles = frozenset(name for name in held.split(",") if name)
            is_required = not self._mfa_roles.isdisjoint(self.catalogue.above(roles))
            access = self._accesses[held] = RoleAccess(roles, self.catalogue.permitted(roles), mfa_required=is_required)
        return access


class RolesService:
    def __init__(self, *, database: Database, clock: Clock, accounts: UsersService, mfa_roles: Iterable[str]) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._mfa_roles = frozenset(mfa_roles)
        self._roles = RoleRepository(database.reader)
        self._kept: _CachedCatalogue | None = None

    async def access(self, held: str, version: int) -> RoleAccess:
        """Return the access of role names joined by commas, as the session's one read has them, at its version."""
        kept = self._kept
        if kept is None or kept.catalogue.version != version:
            kept = self._kept = _CachedCatalogue(await self._roles.get_catalogue(), self._mfa_roles)
        return kept.access(held)

    # ---- operations

    async def permissions_for_staff(self) -> frozenset[str]:
        return _for_staff(await self._roles.get_catalogue())

    async def page(self, *, after: str | None, limit: int) -> Page[RoleDescription]:
        found = await self._roles.page(after=after, limit=limit + 1)
        catalogue = await self._roles.get_catalogue()
        return Page.of([_described(row, catalogue) for row in found], limit)

    async def count(self) -> int:
        return await self._roles.count()

    async def get(self, role_id: UUID) -> RoleDescription:
        row = await self._roles.find(role_id)
        if row is None:
            raise NotFound
        return _described(row, await self._roles.get_catalogue())

    async def create[ReplyT: Reply](
        self, caller: Caller, name: str, definition: RoleDefinition, serialize: Callable[[RoleDescription], ReplyT]
    ) -> ReplyT:
        """Create a role; `serialize` makes the reply that an idempotency key stores."""
        now = self._clock.now()
        async with self._database.begin() as tx:
            catalogue = await self._roles.lock(tx)
            _refuse_impossible(catalogue, name, definition)
            await self._refuse_exceeding(tx, caller, catalogue, _wanted(catalogue, definition))
            if name in catalogue.built_in | catalogue.defined:
                await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
                raise RoleNameTaken
            role = Role(
                id=new_id(),
                name=name,
                description=definition.description,
                built_in=False,
                created_at=now,
                updated_at=now,
                version=1,
            )
            await self._roles.add(tx, role, inherits=set(definition.inherits), permissions=set(definition.permissions))
            await audit.record(
                tx, "role.created", caller, subject=("role", role.id), data=_serialize_definition(definition)
            )
            reply = serialize(await self._describe(tx, role))
            await idempotency.keep(tx, caller, reply)
        return reply

    async def replace(
        self, caller: Caller, role_id: UUID, definition: RoleDefinition, *, if_match: str | None
    ) -> RoleDescription:
        """Replace a role's definition; an equal one is no change and keeps the version."""
        async with self._database.begin() as tx:
            catalogue = await self._roles.lock(tx)
            role = await self._roles.find_role(tx, role_id)
            # Errors in the request come before 404, whether or not the role exists.
            _refuse_impossible(catalogue, "" if role is None else role.name, definition)
            if role is None:
                raise NotFound
            changed = _to_lose(catalogue, role) | _wanted(catalogue, definition)
            await self._refuse_exceeding(tx, caller, catalogue, changed)
            _refuse_unchangeable(role, if_match)
            inherits, permissions = set(definition.inherits), set(definition.permissions)
            before = (
                role.description,
                catalogue.inherits.get(role.name, set()),
                catalogue.permissions.get(role.name, set()),
            )
            if before != (definition.description, inherits, permissions):
                now = self._clock.now()
                role.description = definition.description
                await self._roles.redefine(tx, role.name, inherits=inherits, permissions=permissions)
                await self._roles.touch(tx, {role.name, *catalogue.below(role.name)}, now=now)
                await self._roles.refresh(tx, role)
            await audit.record(
                tx, "role.changed", caller, subject=("role", role.id), data=_serialize_definition(definition)
            )
            return await self._describe(tx, role)

    async def delete(self, caller: Caller, role_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            catalogue = await self._roles.lock(tx)
            role = await self._roles.find_role(tx, role_id)
            if role is None:
                raise NotFound
            await self._refuse_exceeding(tx, caller, catalogue, _to_lose(catalogue, role))
            _refuse_unchangeable(role, if_match)
            if catalogue.below(role.name) or await self._roles.is_held(tx, role.name):
                raise RoleInUse
            await self._roles.remove(tx, role)
            await audit.record(tx, "role.deleted", caller, subject=("role", role.id))

    async def grants_of(self, user_id: UUID) -> Grants:
        rows = await self._roles.grants_of(user_id)
        if not rows:
            raise NotFound
        held = [row for row in rows if row["role_name"] is not None]
        grants = [Grant(row["role_name"], row["granted_at"], row["granted_by"]) for row in held]
        return Grants(user_id, rows[0]["version"], grants)

    async def set_roles(self, caller: Caller, user_id: UUID, names: Sequence[str], *, if_match: str | None) -> Grants:
        async with self._database.begin() as tx:
            # Errors in the request come before 404, whether or not the account exists.
            _refuse_unknown(await self._roles.read(tx), names)
            user = await self._accounts.get_locked(tx, user_id)
            await self.refuse_acting_above(tx, caller, user_id)
            held = await self._roles.names_of(tx, user_id)
            added, removed = set(names) - held, held - set(names)
            await self.refuse_granting(tx, caller, names, held=held)
            etags.check(if_match, user.version, required=True)
            if ADMIN in removed:
                await self.refuse_losing_last_admin(tx, user_id)
            await self.grant(tx, user_id, added, by=caller.user_id)
            await self._roles.revoke(tx, user_id, removed)
            if added or removed:
                self._accounts.touch(user)
            data = {"added": sorted(added), "removed": sorted(removed)}
            await audit.record(tx, "account.roles_changed", caller, subject=("user", user_id), data=data)
            rows = await self._roles.get_grants(tx, user_id)
            grants = [Grant(row.role_name, row.granted_at, row.granted_by) for row in rows]
            return Grants(user_id, user.version, grants)

    # ---- steps of other features, inside their transaction

    async def grant(self, tx: AsyncSession, user_id: UUID, names: Iterable[str], *, by: UUID | None = None) -> None:
        """Grant the roles without asking who may; staff are held to `refuse_granting` before."""
        await self._roles.grant(tx, user_id, names, at=self._clock.now(), by=by)

    async def refuse_granting(
        self, tx: AsyncSession, caller: Caller, names: Sequence[str], *, held: Container[str] = ()
    ) -> None:
        """Refuse staff who would give roles beyond their own to somebody who holds those `held`.

        Raises UnknownRole and ExceedsOwnPermissions.
        """
        catalogue = await self._roles.lock(tx)
        _refuse_unknown(catalogue, names)
        added = {name for name in names if name not in held}
        await self._refuse_exceeding(tx, caller, catalogue, catalogue.permitted(added - OPEN_ROLES))

    async def refuse_acting_above(self, tx: AsyncSession, caller: Caller, user_id: UUID) -> None:
        """Raise ExceedsOwnPermissions if the account, locked by the caller, holds more than the caller.

        Nobody changes an account that, as staff, may do more than they may themselves.
        """
        catalogue = await self._roles.lock(tx)
        theirs = catalogue.permitted(await self._roles.names_of(tx, user_id) - OPEN_ROLES)
        await self._refuse_exceeding(tx, caller, catalogue, theirs)

    async def refuse_losing_last_admin(self, tx: AsyncSession, user_id: UUID) -> None:
        """Raise LastAdmin if the account, locked before, is the last administrator and would stop being one.

        Only administrators who can sign in count. A concurrent change of another administrator waits for the end of
        this transaction, and then counts without this account.
        """
        await self._roles.lock(tx)
        if await self._roles.find_live_holders(tx, ADMIN) == {user_id}:
            raise LastAdmin

    # ---- inside

    async def _refuse_exceeding(
        self, tx: AsyncSession, caller: Caller, catalogue: Catalogue, permissions: frozenset[str]
    ) -> None:
        """Raise ExceedsOwnPermissions unless the caller has all of these permissions.

        Their roles are read anew, behind the catalogue's lock, because they may have been taken since the request was
        let in: of two who demote or suspend each other, the second must find that they may not any more.
        """
        own = catalogue.permitted(await self._roles.live_names_of(tx, caller.user_id))
        if lacking := permissions - own:
            raise ExceedsOwnPermissions(lacking)

    async def _describe(self, tx: AsyncSession, role: Role) -> RoleDescription:
        return _described(_row_of(role), await self._roles.read(tx))


def _for_staff(catalogue: Catalogue) -> frozenset[str]:
    """Return what the built-in roles of staff permit; roles that staff define may have nothing else."""
    return catalogue.permitted(catalogue.built_in - OPEN_ROLES)


def _refuse_unknown(catalogue: Catalogue, names: Sequence[str]) -> None:
    known = catalogue.built_in | catalogue.defined
    if unknown := [place for place, name in enumerate(names) if name not in known]:
        raise UnknownRole(unknown)


def _refuse_impossible(catalogue: Catalogue, name: str, definition: RoleDefinition) -> None:
    if errors := list(_findings(catalogue, name, definition)):
        raise RoleRefused(errors)


def _wanted(catalogue: Catalogue, definition: RoleDefinition) -> frozenset[str]:
    return catalogue.permitted(definition.inherits) | set(definition.permissions)


def _to_lose(catalogue: Catalogue, role: Role) -> frozenset[str]:
    """Return the permissions that a change takes from others, which is above oneself as much as giving them."""
    return frozenset() if role.built_in else catalogue.permitted([role.name])


def _refuse_unchangeable(role: Role, if_match: str | None) -> None:
    """Refuse a built-in role or a stale version, in the contract's order: 428 and 412 before 409."""
    etags.check(if_match, role.version, required=True)
    if role.built_in:
        raise BuiltInRole


def _findings(catalogue: Catalogue, name: str, definition: RoleDefinition) -> Iterator[FieldError]:
    known, for_staff = catalogue.permitted(catalogue.built_in), _for_staff(catalogue)
    for place, permission in enumerate(definition.permissions):
        pointer = f"/permissions/{place}"
        if permission not in known:
            yield FieldError("permission_unknown", "There is no such permission.", pointer)
        elif permission not in for_staff:
            detail = "Only homeowners and providers have this permission."
            yield FieldError("permission_not_for_staff", detail, pointer)
    for place, other in enumerate(definition.inherits):
        pointer = f"/inherits/{place}"
        if other in OPEN_ROLES:
            yield FieldError("role_not_for_staff", "Roles for staff inherit from one another only.", pointer)
        elif name in catalogue.above([other]):
            yield FieldError("role_cycle", "It would inherit from itself.", pointer)
        elif other not in catalogue.built_in | catalogue.defined:
            yield FieldError("role_unknown", "There is no role of this name.", pointer)
        elif catalogue.height(name) + catalogue.depth(other) > DEPTH_MAX:
            detail = f"A chain of roles has {DEPTH_MAX} roles at most."
            yield FieldError("role_too_deep", detail, pointer)


def _serialize_definition(definition: RoleDefinition) -> dict[str, list[str]]:
    return {"inherits": sorted(set(definition.inherits)), "permissions": sorted(set(definition.permissions))}


def _row_of(role: Role) -> RoleRow:
    return {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "built_in": role.built_in,
        "created_at": role.created_at,
        "updated_at": role.updated_at,
        "version": role.version,
    }


def _described(row: RoleRow, catalogue: Catalogue) -> RoleDescription:
    name = row["name"]
    return RoleDescription(
        id=row["id"],
        name=name,
        description=row["description"],
        built_in=row["built_in"],
        inherits=sorted(catalogue.inherits.get(name, ())),
        permissions=sorted(catalogue.permissions.get(name, ())),
        effective=sorted(catalogue.permitted([name])),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
    )
