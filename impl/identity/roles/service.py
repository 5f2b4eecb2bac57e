"""Service by which staff define roles, and set the roles that an account holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.role_catalogue.service import (
    ADMIN,
    OPEN_ROLES,
    PROVIDER,
    Catalogue,
    RoleCatalogueService,
    RoleDefinition,
)
from impl.identity.capabilities.role_catalogue.tables import Role
from impl.identity.capabilities.users.service import UsersService
from impl.identity.closure.service import ClosureService
from impl.identity.roles.errors import BuiltInRole, RoleInUse, RoleNameTaken, RoleRefused
from impl.identity.roles.repository import RoleRow, RolesRepository
from impl.kernel import audit, etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import Page, fetched
from openapi.runtime.wire import FieldError, Reply

DEPTH_MAX: Final = 8


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


class RolesService:
    def __init__(
        self,
        *,
        database: Database,
        users: UsersService,
        catalogue: RoleCatalogueService,
        access_control: AccessControlService,
        closure: ClosureService,
    ) -> None:
        self._database = database
        self._users = users
        self._catalogue = catalogue
        self._access_control = access_control
        self._closure = closure
        self._repository = RolesRepository(database.reader)

    # ---- the definitions

    async def permissions_for_staff(self) -> frozenset[str]:
        return (await self._catalogue.get()).for_staff()

    async def page(self, *, after: str | None, limit: int) -> Page[RoleDescription]:
        found = await self._repository.page(after=after, limit=fetched(limit))
        catalogue = await self._catalogue.get()
        return Page.of([_described(row, catalogue) for row in found], limit)

    async def count(self) -> int:
        return await self._repository.count()

    async def get(self, role_id: UUID) -> RoleDescription:
        row = await self._repository.find(role_id)
        if row is None:
            raise NotFound
        return _described(row, await self._catalogue.get())

    async def create[ReplyT: Reply](
        self, caller: Caller, name: str, definition: RoleDefinition, serialize: Callable[[RoleDescription], ReplyT]
    ) -> ReplyT:
        """Create a role; `serialize` makes the reply that an idempotency key stores."""
        async with self._database.begin() as tx:
            catalogue = await self._catalogue.lock(tx)
            _refuse_impossible(catalogue, name, definition)
            wanted = _wanted(catalogue, definition)
            await self._access_control.refuse_exceeding(tx, caller, catalogue, wanted)
            if name in catalogue.names:
                await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
                raise RoleNameTaken
            role = await self._catalogue.add(tx, name, definition)
            await audit.record(
                tx, "role.created", caller, subject=("role", role.id), data=_serialize_definition(definition)
            )
            reply = serialize(await self._describe(tx, role))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def replace(
        self, caller: Caller, role_id: UUID, definition: RoleDefinition, *, if_match: str | None
    ) -> RoleDescription:
        """Replace a role's definition; an equal one is no change and keeps the version."""
        async with self._database.begin() as tx:
            catalogue = await self._catalogue.lock(tx)
            role = await self._catalogue.find(tx, role_id)
            # Errors in the request come before 404, whether or not the role exists.
            _refuse_impossible(catalogue, "" if role is None else role.name, definition)
            if role is None:
                raise NotFound
            changed = _to_lose(catalogue, role) | _wanted(catalogue, definition)
            await self._access_control.refuse_exceeding(tx, caller, catalogue, changed)
            _refuse_unchangeable(role, if_match)
            await self._catalogue.redefine(tx, catalogue, role, definition)
            await audit.record(
                tx, "role.changed", caller, subject=("role", role.id), data=_serialize_definition(definition)
            )
            return await self._describe(tx, role)

    async def delete(self, caller: Caller, role_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            catalogue = await self._catalogue.lock(tx)
            role = await self._catalogue.find(tx, role_id)
            if role is None:
                raise NotFound
            await self._access_control.refuse_exceeding(tx, caller, catalogue, _to_lose(catalogue, role))
            _refuse_unchangeable(role, if_match)
            if catalogue.below(role.name) or await self._repository.is_held(tx, role.name):
                raise RoleInUse
            await self._catalogue.remove(tx, role)
            await audit.record(tx, "role.deleted", caller, subject=("role", role.id))

    # ---- the roles of an account

    async def grants_of(self, user_id: UUID) -> Grants:
        rows = await self._repository.grants_of(user_id)
        if not rows:
            raise NotFound
        held = [row for row in rows if row["role_name"] is not None]
        grants = [Grant(row["role_name"], row["granted_at"], row["granted_by"]) for row in held]
        return Grants(user_id, rows[0]["version"], grants)

    async def set_roles(self, caller: Caller, user_id: UUID, names: Sequence[str], *, if_match: str | None) -> Grants:
        async with self._database.begin() as tx:
            # Errors in the request come before 404, whether or not the account exists.
            await self._access_control.refuse_unknown(tx, names)
            user = await self._users.get_locked(tx, user_id)
            await self._access_control.refuse_acting_above(tx, caller, user_id)
            held = await self._access_control.names_of(tx, user_id)
            added, removed = set(names) - held, held - set(names)
            await self._access_control.refuse_granting(tx, caller, names, held=held)
            etags.check(if_match, user.version, required=True)
            if ADMIN in removed:
                await self._access_control.refuse_losing_last_admin(tx, user_id)
            await self._access_control.grant(tx, user_id, added, by=caller.user_id)
            await self._access_control.revoke(tx, user_id, removed)
            if added or removed:
                self._users.touch(user)
            if PROVIDER in added | removed:
                await self._closure.conceal(tx, user)
            if removed:
                await self._closure.release_claims(tx, user_id)
            data = {"added": sorted(added), "removed": sorted(removed)}
            await audit.record(tx, "account.roles_changed", caller, subject=("user", user_id), data=data)
            rows = await self._repository.get_grants(tx, user_id)
            grants = [Grant(row.role_name, row.granted_at, row.granted_by) for row in rows]
            return Grants(user_id, user.version, grants)

    async def _describe(self, tx: AsyncSession, role: Role) -> RoleDescription:
        return _described(_row_of(role), await self._catalogue.read(tx))


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
    known, for_staff = catalogue.permitted(catalogue.built_in), catalogue.for_staff()
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
        elif other not in catalogue.names:
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
