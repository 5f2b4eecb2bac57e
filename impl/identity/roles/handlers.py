"""Handlers that list, define, delete and grant roles."""

from typing import Final, override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.roles import (
    AbstractRolesHandlers,
    CreateRoleCreated,
    DeleteRoleNoContent,
    GetRoleOk,
    GetUserRolesOk,
    ListPermissionsOk,
    ListRolesOk,
    ReplaceRoleOk,
    ReplaceUserRolesOk,
)
from impl.identity.capabilities.role_catalogue.service import RoleDefinition
from impl.identity.roles.service import Grants, RoleDescription, RolesService
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.etags import etag
from impl.kernel.paging import Cursors, capped

_SCOPE: Final = "listRoles"


class RolesHandlers(AbstractRolesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: RolesService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_permissions(self, caller: Caller) -> ListPermissionsOk:
        for_staff = await self._service.permissions_for_staff()
        return ListPermissionsOk(
            {
                "items": [
                    {"name": name, "description": description, "for_staff": name in for_staff}
                    for name, description in policies.PERMISSIONS.items()
                ]
            }
        )

    @override
    async def list_roles(self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool) -> ListRolesOk:
        after = None if cursor is None else str(self._cursors.decode(cursor, scope=_SCOPE)[0])
        page = await self._service.page(after=after, limit=limit)
        total = await self._service.count() if include_total else None
        return ListRolesOk(
            {
                "items": [_role(role) for role in page.items],
                "next_cursor": self._cursors.encode([page.items[-1].name], scope=_SCOPE) if page.more else None,
                **capped(total),
            }
        )

    @override
    async def create_role(self, caller: Caller, *, body: models.RoleCreate) -> CreateRoleCreated:
        return await self._service.create(caller, body.name, _definition(body), _serialize_created)

    @override
    async def get_role(self, caller: Caller, *, role_id: UUID) -> GetRoleOk:
        role = await self._service.get(role_id)
        return GetRoleOk(_role(role), etag=etag(role.version))

    @override
    async def replace_role(
        self, caller: Caller, *, role_id: UUID, if_match: str | None, body: models.RoleReplace
    ) -> ReplaceRoleOk:
        role = await self._service.replace(caller, role_id, _definition(body), if_match=if_match)
        return ReplaceRoleOk(_role(role), etag=etag(role.version))

    @override
    async def delete_role(self, caller: Caller, *, role_id: UUID, if_match: str | None) -> DeleteRoleNoContent:
        await self._service.delete(caller, role_id, if_match=if_match)
        return DeleteRoleNoContent()

    @override
    async def get_user_roles(self, caller: Caller, *, user_id: UUID) -> GetUserRolesOk:
        grants = await self._service.grants_of(user_id)
        return GetUserRolesOk(_grants(grants), etag=etag(grants.version))

    @override
    async def replace_user_roles(
        self, caller: Caller, *, user_id: UUID, if_match: str | None, body: models.UserRolesReplace
    ) -> ReplaceUserRolesOk:
        grants = await self._service.set_roles(caller, user_id, body.roles, if_match=if_match)
        return ReplaceUserRolesOk(_grants(grants), etag=etag(grants.version))


def _serialize_created(role: RoleDescription) -> CreateRoleCreated:
    location = policies.GET_ROLE.path.format(role_id=role.id)
    return CreateRoleCreated(_role(role), location=location, etag=etag(role.version))


def _definition(body: models.RoleCreate | models.RoleReplace) -> RoleDefinition:
    return RoleDefinition(body.description, tuple(body.inherits), tuple(body.permissions))


def _role(role: RoleDescription) -> replies.Role:
    return {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "built_in": role.built_in,
        "inherits": list(role.inherits),
        "permissions": list(role.permissions),
        "effective_permissions": list(role.effective),
        "created_at": role.created_at,
        "updated_at": role.updated_at,
    }


def _grants(grants: Grants) -> replies.UserRoles:
    return {
        "user_id": grants.user_id,
        "roles": [
            {"name": one.name, "granted_at": one.granted_at, "granted_by": one.granted_by} for one in grants.grants
        ],
    }
