# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The accounts operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies, states
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_USER_PAGE: JsonWriter[replies.UserPage] = JsonWriter(replies.UserPage)
_USER: JsonWriter[replies.User] = JsonWriter(replies.User)
_ACCEPTED: JsonWriter[replies.Accepted] = JsonWriter(replies.Accepted)
_OWN_SESSION_PAGE: JsonWriter[replies.OwnSessionPage] = JsonWriter(replies.OwnSessionPage)


class ListUsersOk(Reply):
    """A page of accounts."""

    __slots__ = ()

    def __init__(self, body: replies.UserPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _USER_PAGE.dump_json(body))


class CreateUserCreated(Reply):
    """The account was created, and a link is on its way to its owner."""

    __slots__ = ()

    def __init__(self, body: replies.User, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _USER.dump_json(body)
        )


class GetUserOk(Reply):
    """The account."""

    __slots__ = ()

    def __init__(self, body: replies.User, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _USER.dump_json(body))


class GetUserNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceUserOk(Reply):
    """The account."""

    __slots__ = ()

    def __init__(self, body: replies.User, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _USER.dump_json(body))


class DeleteUserNoContent(Reply):
    """The account is closed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class SuspendUserOk(Reply):
    """The account."""

    __slots__ = ()

    def __init__(self, body: replies.User, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _USER.dump_json(body))


class ReactivateUserOk(Reply):
    """The account."""

    __slots__ = ()

    def __init__(self, body: replies.User, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _USER.dump_json(body))


class UnlockUserNoContent(Reply):
    """The counter of failed sign-ins is reset."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class RequestUserPasswordResetAccepted(Reply):
    """Accepted. A mail is on its way."""

    __slots__ = ()

    def __init__(self, body: replies.Accepted) -> None:
        super().__init__(202, {"content-type": "application/json"}, _ACCEPTED.dump_json(body))


class ListUserSessionsOk(Reply):
    """A page of live sessions."""

    __slots__ = ()

    def __init__(self, body: replies.OwnSessionPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _OWN_SESSION_PAGE.dump_json(body))


class EndUserSessionsNoContent(Reply):
    """Every session of the account has ended."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class EndUserSessionNoContent(Reply):
    """The session has ended."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractAccountsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged accounts."""

    @abstractmethod
    async def list_users(
        self,
        caller: CallerT,
        *,
        q: str | None,
        state: states.AccountState | None,
        role: str | None,
        verified: bool | None,
        created_from: datetime | None,
        created_before: datetime | None,
        sort: models.UserSort,
        limit: int,
        cursor: str | None,
        offset: int | None,
        include_total: bool,
    ) -> ListUsersOk:
        """List or search accounts.

        Filters are combined with AND. Page with `cursor`, or with `offset` for a table with page numbers; both at once are 422. Beyond the largest offset,
        narrow the filters. Closed and erased accounts are not listed.
        """

    @abstractmethod
    async def create_user(self, caller: CallerT, *, body: models.UserCreate) -> CreateUserCreated:
        """Invite somebody to an account.

        Creates a `PENDING` account and mails its owner a link, which works once, for 60 minutes. The owner chooses a password at
        `POST /auth/reset-password/confirm`, which also verifies the address. If the link has expired, mail another with
        `POST /users/{user_id}/password-reset`; the owner can also ask for one with `POST /auth/reset-password`.

        Without `roles` the account is a homeowner's. Roles other than `HOMEOWNER` and `SERVICE_PROVIDER` need `role:write`. 403 `exceeds-own-permissions`: a
        role has permissions that the caller lacks.
        """

    @abstractmethod
    async def get_user(self, caller: CallerT, *, user_id: UUID) -> GetUserOk | GetUserNotModified:
        """Get an account.

        All that staff may see of an account. A closed or erased account is 404.
        """

    @abstractmethod
    async def replace_user(
        self, caller: CallerT, *, user_id: UUID, if_match: str | None, body: models.UserReplace
    ) -> ReplaceUserOk:
        """Replace an account's details.

        Sets every detail; absent or null members are cleared. Roles and state have operations of their own.

        A new e-mail address is unverified: an `ACTIVE` account becomes `PENDING`, its sessions end, the new address gets a verification link, and the old one is
        notified. `If-Match` with the account's `ETag` is required.

        - 409 `own-account`: change your own address at `/users/me`.
        - 409 `last-admin`: the last administrator keeps their address, because nobody could correct a wrong one.
        """

    @abstractmethod
    async def delete_user(self, caller: CallerT, *, user_id: UUID, if_match: str | None) -> DeleteUserNoContent:
        """Close an account.

        Has the effect of `DELETE /users/me`: the owner is signed out everywhere, and the mailed link restores the account until the day that the mail names (14
        days, or more if the operator configured so). Then it is erased. A closed account is 404 for staff. `If-Match` with the account's `ETag` is required. 409
        `own-account`: close your own account at `/users/me`.
        """

    @abstractmethod
    async def suspend_user(self, caller: CallerT, *, user_id: UUID, body: models.UserSuspend) -> SuspendUserOk:
        """Suspend an account.

        Only an `ACTIVE` account (409 `invalid-transition` names its state). Its sessions end at once, and sign-in returns 403 `account-suspended`. The owner is
        notified by mail, without the reason, which only staff see. 409 `own-account`: it is the caller's own account. 409 `last-admin`: it is the last
        administrator's.
        """

    @abstractmethod
    async def reactivate_user(self, caller: CallerT, *, user_id: UUID) -> ReactivateUserOk:
        """Reactivate an account.

        Only a `SUSPENDED` account (409 `invalid-transition` names its state). It becomes `ACTIVE`, or `PENDING` if its e-mail address was changed meanwhile. The
        owner is notified by mail, and has to sign in again.
        """

    @abstractmethod
    async def unlock_user(self, caller: CallerT, *, user_id: UUID) -> UnlockUserNoContent:
        """Unlock an account after failed sign-ins.

        Ends the wait (429 `login-throttled`, up to an hour) after too many failed sign-ins. Resets the counter of the account only, not that of the network
        address from which the attempts came.
        """

    @abstractmethod
    async def request_user_password_reset(self, caller: CallerT, *, user_id: UUID) -> RequestUserPasswordResetAccepted:
        """Mail somebody a link to set a password.

        Mails the link of `POST /auth/reset-password`, or the invitation again if the owner has not chosen a password yet. Earlier links stop working. The number
        of mails to one address in an hour is limited; the response does not show whether a mail was sent.
        """

    @abstractmethod
    async def list_user_sessions(
        self, caller: CallerT, *, user_id: UUID, limit: int, cursor: str | None, include_total: bool
    ) -> ListUserSessionsOk:
        """List the sessions of an account.

        The live sessions of the account, the newest sign-in first. Ended and expired sessions are not listed.
        """

    @abstractmethod
    async def end_user_sessions(self, caller: CallerT, *, user_id: UUID) -> EndUserSessionsNoContent:
        """Sign somebody out everywhere.

        All access tokens and refresh tokens of the account stop working at once.
        """

    @abstractmethod
    async def end_user_session(self, caller: CallerT, *, user_id: UUID, session_id: UUID) -> EndUserSessionNoContent:
        """Sign somebody out on one device.

        404: the session has ended, or does not belong to this account.
        """


_LIST_USERS = Inputs(
    Parameters(
        parameters.ListUsersParameters,
        query={
            "q": Field(),
            "state": Field(),
            "role": Field(),
            "verified": Field(texts.boolean),
            "created_from": Field(),
            "created_before": Field(),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "offset": Field(texts.integer),
            "include_total": Field(texts.boolean),
        },
        defaults={"sort": "-created_at", "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_USER = Inputs(
    Parameters(parameters.CreateUserParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.UserCreate]({"application/json": JsonMedia(TypeAdapter(models.UserCreate))}),
)

_GET_USER = Inputs(
    Parameters(
        parameters.GetUserParameters, path={"user_id": Field()}, headers={"if_none_match": ("If-None-Match", Field())}
    ),
    NoBody(),
)

_REPLACE_USER = Inputs(
    Parameters(
        parameters.ReplaceUserParameters, path={"user_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.UserReplace]({"application/json": JsonMedia(TypeAdapter(models.UserReplace))}),
)

_DELETE_USER = Inputs(
    Parameters(parameters.DeleteUserParameters, path={"user_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    NoBody(),
)

_SUSPEND_USER = Inputs(
    Parameters(parameters.SuspendUserParameters, path={"user_id": Field()}),
    Body[models.UserSuspend]({"application/json": JsonMedia(TypeAdapter(models.UserSuspend))}),
)

_REACTIVATE_USER = Inputs(Parameters(parameters.ReactivateUserParameters, path={"user_id": Field()}), NoBody())

_UNLOCK_USER = Inputs(Parameters(parameters.UnlockUserParameters, path={"user_id": Field()}), NoBody())

_REQUEST_USER_PASSWORD_RESET = Inputs(
    Parameters(parameters.RequestUserPasswordResetParameters, path={"user_id": Field()}), NoBody()
)

_LIST_USER_SESSIONS = Inputs(
    Parameters(
        parameters.ListUserSessionsParameters,
        path={"user_id": Field()},
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_END_USER_SESSIONS = Inputs(Parameters(parameters.EndUserSessionsParameters, path={"user_id": Field()}), NoBody())

_END_USER_SESSION = Inputs(
    Parameters(parameters.EndUserSessionParameters, path={"user_id": Field(), "session_id": Field()}), NoBody()
)


def build_router[CallerT, ClientT](
    handlers: AbstractAccountsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractAccountsHandlers, handlers)

    async def list_users(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_USERS)
        given = await _LIST_USERS.read(request)
        return await handlers.list_users(
            caller,
            q=given.parameters.q,
            state=given.parameters.state,
            role=given.parameters.role,
            verified=given.parameters.verified,
            created_from=given.parameters.created_from,
            created_before=given.parameters.created_before,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            offset=given.parameters.offset,
            include_total=given.parameters.include_total,
        )

    async def create_user(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_USER)
        given = await _CREATE_USER.read(request)
        claimed = await guard.once(request, policies.CREATE_USER, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_user(claimed, body=given.body)

    async def get_user(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_USER)
        given = await _GET_USER.read(request)
        return await handlers.get_user(caller, user_id=given.parameters.user_id)

    async def replace_user(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_USER)
        given = await _REPLACE_USER.read(request)
        return await handlers.replace_user(
            caller, user_id=given.parameters.user_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_user(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_USER)
        given = await _DELETE_USER.read(request)
        return await handlers.delete_user(caller, user_id=given.parameters.user_id, if_match=given.parameters.if_match)

    async def suspend_user(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SUSPEND_USER)
        given = await _SUSPEND_USER.read(request)
        return await handlers.suspend_user(caller, user_id=given.parameters.user_id, body=given.body)

    async def reactivate_user(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REACTIVATE_USER)
        given = await _REACTIVATE_USER.read(request)
        return await handlers.reactivate_user(caller, user_id=given.parameters.user_id)

    async def unlock_user(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UNLOCK_USER)
        given = await _UNLOCK_USER.read(request)
        return await handlers.unlock_user(caller, user_id=given.parameters.user_id)

    async def request_user_password_reset(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REQUEST_USER_PASSWORD_RESET)
        given = await _REQUEST_USER_PASSWORD_RESET.read(request)
        return await handlers.request_user_password_reset(caller, user_id=given.parameters.user_id)

    async def list_user_sessions(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_USER_SESSIONS)
        given = await _LIST_USER_SESSIONS.read(request)
        return await handlers.list_user_sessions(
            caller,
            user_id=given.parameters.user_id,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def end_user_sessions(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.END_USER_SESSIONS)
        given = await _END_USER_SESSIONS.read(request)
        return await handlers.end_user_sessions(caller, user_id=given.parameters.user_id)

    async def end_user_session(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.END_USER_SESSION)
        given = await _END_USER_SESSION.read(request)
        return await handlers.end_user_session(
            caller, user_id=given.parameters.user_id, session_id=given.parameters.session_id
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_USERS, list_users),
            OperationRoute(policies.CREATE_USER, create_user),
            OperationRoute(policies.GET_USER, get_user),
            OperationRoute(policies.REPLACE_USER, replace_user),
            OperationRoute(policies.DELETE_USER, delete_user),
            OperationRoute(policies.SUSPEND_USER, suspend_user),
            OperationRoute(policies.REACTIVATE_USER, reactivate_user),
            OperationRoute(policies.UNLOCK_USER, unlock_user),
            OperationRoute(policies.REQUEST_USER_PASSWORD_RESET, request_user_password_reset),
            OperationRoute(policies.LIST_USER_SESSIONS, list_user_sessions),
            OperationRoute(policies.END_USER_SESSIONS, end_user_sessions),
            OperationRoute(policies.END_USER_SESSION, end_user_session),
        ]
    )
    return router
