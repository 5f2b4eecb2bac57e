# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The roles operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_PERMISSION_CATALOGUE: JsonWriter[replies.PermissionCatalogue] = JsonWriter(replies.PermissionCatalogue)
_ROLE_PAGE: JsonWriter[replies.RolePage] = JsonWriter(replies.RolePage)
_ROLE: JsonWriter[replies.Role] = JsonWriter(replies.Role)
_USER_ROLES: JsonWriter[replies.UserRoles] = JsonWriter(replies.UserRoles)


class ListPermissionsOk(Reply):
    """All permissions."""

    __slots__ = ()

    def __init__(self, body: replies.PermissionCatalogue) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PERMISSION_CATALOGUE.dump_json(body))


class ListRolesOk(Reply):
    """A page of roles."""

    __slots__ = ()

    def __init__(self, body: replies.RolePage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _ROLE_PAGE.dump_json(body))


class CreateRoleCreated(Reply):
    """The role is defined."""

    __slots__ = ()

    def __init__(self, body: replies.Role, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _ROLE.dump_json(body)
        )


class GetRoleOk(Reply):
    """The role."""

    __slots__ = ()

    def __init__(self, body: replies.Role, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _ROLE.dump_json(body))


class GetRoleNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceRoleOk(Reply):
    """The role."""

    __slots__ = ()

    def __init__(self, body: replies.Role, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _ROLE.dump_json(body))


class DeleteRoleNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class GetUserRolesOk(Reply):
    """The account's roles."""

    __slots__ = ()

    def __init__(self, body: replies.UserRoles, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _USER_ROLES.dump_json(body))


class GetUserRolesNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceUserRolesOk(Reply):
    """The account's roles."""

    __slots__ = ()

    def __init__(self, body: replies.UserRoles, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _USER_ROLES.dump_json(body))


class AbstractRolesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged roles."""

    @abstractmethod
    async def list_permissions(self, caller: CallerT) -> ListPermissionsOk:
        """List all permissions.

        Every permission that operations of this contract require, with a description. Roles that staff define may contain those with `for_staff`; the others are
        reserved for homeowners and providers.
        """

    @abstractmethod
    async def list_roles(self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool) -> ListRolesOk:
        """List all roles.

        The built-in roles and those that staff have defined, by name.
        """

    @abstractmethod
    async def create_role(self, caller: CallerT, *, body: models.RoleCreate) -> CreateRoleCreated:
        """Define a role.

        Defines a role for staff, from permissions and other roles for staff. Its permissions, inherited ones included, must be a subset of the caller's, else 403
        `exceeds-own-permissions`. The name cannot be changed later; everything else can.
        """

    @abstractmethod
    async def get_role(self, caller: CallerT, *, role_id: UUID) -> GetRoleOk | GetRoleNotModified:
        """Get a role.

        Returns its own permissions, and the effective ones including inheritance.
        """

    @abstractmethod
    async def replace_role(
        self, caller: CallerT, *, role_id: UUID, if_match: str | None, body: models.RoleReplace
    ) -> ReplaceRoleOk:
        """Replace a role.

        Sets the description, the permissions and the roles it inherits from. The change takes effect with the next request of everyone who holds the role, or
        a role that inherits from it. `If-Match` with the role's `ETag` is required: 428 without it, 412 if the role has changed. The `ETag` also changes with the roles that
        it inherits from.

        - 403 `exceeds-own-permissions`: the permissions of the role, before or after the change, are not a subset of the caller's. It depends on the role, so
          it comes after 422 and 404, and before 428 and 412.
        - 409 `built-in-role`: built-in roles cannot be changed.
        """

    @abstractmethod
    async def delete_role(self, caller: CallerT, *, role_id: UUID, if_match: str | None) -> DeleteRoleNoContent:
        """Delete a role.

        `If-Match` is required.

        - 403 `exceeds-own-permissions`: the permissions of the role are not a subset of the caller's. It comes after 404, and before 428 and 412.
        - 409 `built-in-role`: built-in roles cannot be deleted.
        - 409 `role-in-use`: an account holds the role, or another role inherits from it.
        """

    @abstractmethod
    async def get_user_roles(self, caller: CallerT, *, user_id: UUID) -> GetUserRolesOk | GetUserRolesNotModified:
        """Get the roles of an account.

        The roles that the account was given, without inherited ones. The `ETag` is the account's.
        """

    @abstractmethod
    async def replace_user_roles(
        self, caller: CallerT, *, user_id: UUID, if_match: str | None, body: models.UserRolesReplace
    ) -> ReplaceUserRolesOk:
        """Set the roles of an account.

        The account holds exactly these roles from its next request on, whatever its access token says. Without `SERVICE_PROVIDER` its business and its listings
        are hidden, and shown again when the role is given back. `If-Match` with the account's `ETag` is required: 428 without it, 412 if the account has changed.

        - 403 `exceeds-own-permissions`: a role that is given or taken has permissions that the caller lacks, or the account has. `HOMEOWNER` and
          `SERVICE_PROVIDER` are exempt, because people choose them at registration. It comes after 422 and 404, and before 428 and 412.
        - 409 `last-admin`: the only administrator who can still sign in keeps `STAFF_ADMIN`.
        - 422 `unknown-role`: there is no role of that name.
        """


_LIST_PERMISSIONS = Inputs(Parameters(NoParameters), NoBody())

_LIST_ROLES = Inputs(
    Parameters(
        parameters.ListRolesParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_ROLE = Inputs(
    Parameters(parameters.CreateRoleParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.RoleCreate]({"application/json": JsonMedia(TypeAdapter(models.RoleCreate))}),
)

_GET_ROLE = Inputs(
    Parameters(
        parameters.GetRoleParameters, path={"role_id": Field()}, headers={"if_none_match": ("If-None-Match", Field())}
    ),
    NoBody(),
)

_REPLACE_ROLE = Inputs(
    Parameters(
        parameters.ReplaceRoleParameters, path={"role_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.RoleReplace]({"application/json": JsonMedia(TypeAdapter(models.RoleReplace))}),
)

_DELETE_ROLE = Inputs(
    Parameters(parameters.DeleteRoleParameters, path={"role_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    NoBody(),
)

_GET_USER_ROLES = Inputs(
    Parameters(
        parameters.GetUserRolesParameters,
        path={"user_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_USER_ROLES = Inputs(
    Parameters(
        parameters.ReplaceUserRolesParameters, path={"user_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.UserRolesReplace]({"application/json": JsonMedia(TypeAdapter(models.UserRolesReplace))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractRolesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractRolesHandlers, handlers)

    async def list_permissions(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_PERMISSIONS)
        await _LIST_PERMISSIONS.read(request)
        return await handlers.list_permissions(caller)

    async def list_roles(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_ROLES)
        given = await _LIST_ROLES.read(request)
        return await handlers.list_roles(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_role(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_ROLE)
        given = await _CREATE_ROLE.read(request)
        claimed = await guard.once(request, policies.CREATE_ROLE, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_role(claimed, body=given.body)

    async def get_role(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_ROLE)
        given = await _GET_ROLE.read(request)
        return await handlers.get_role(caller, role_id=given.parameters.role_id)

    async def replace_role(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_ROLE)
        given = await _REPLACE_ROLE.read(request)
        return await handlers.replace_role(
            caller, role_id=given.parameters.role_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_role(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_ROLE)
        given = await _DELETE_ROLE.read(request)
        return await handlers.delete_role(caller, role_id=given.parameters.role_id, if_match=given.parameters.if_match)

    async def get_user_roles(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_USER_ROLES)
        given = await _GET_USER_ROLES.read(request)
        return await handlers.get_user_roles(caller, user_id=given.parameters.user_id)

    async def replace_user_roles(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_USER_ROLES)
        given = await _REPLACE_USER_ROLES.read(request)
        return await handlers.replace_user_roles(
            caller, user_id=given.parameters.user_id, if_match=given.parameters.if_match, body=given.body
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_PERMISSIONS, list_permissions),
            OperationRoute(policies.LIST_ROLES, list_roles),
            OperationRoute(policies.CREATE_ROLE, create_role),
            OperationRoute(policies.GET_ROLE, get_role),
            OperationRoute(policies.REPLACE_ROLE, replace_role),
            OperationRoute(policies.DELETE_ROLE, delete_role),
            OperationRoute(policies.GET_USER_ROLES, get_user_roles),
            OperationRoute(policies.REPLACE_USER_ROLES, replace_user_roles),
        ]
    )
    return router
