# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The own-sessions operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request

from generated import parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_OWN_SESSION_PAGE: JsonWriter[replies.OwnSessionPage] = JsonWriter(replies.OwnSessionPage)


class ListOwnSessionsOk(Reply):
    """A page of live sessions."""

    __slots__ = ()

    def __init__(self, body: replies.OwnSessionPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _OWN_SESSION_PAGE.dump_json(body))


class EndOwnSessionNoContent(Reply):
    """The session has ended."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class LogoutEverywhereNoContent(Reply):
    """Every session of the account has ended."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractOwnSessionsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged own-sessions."""

    @abstractmethod
    async def list_own_sessions(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnSessionsOk:
        """List my sessions.

        The live sessions of the account, the newest sign-in first. The session of this request is marked `current`. Ended and expired sessions are not listed.
        If the user does not recognise a session, end it and change the password.
        """

    @abstractmethod
    async def end_own_session(self, caller: CallerT, *, session_id: UUID) -> EndOwnSessionNoContent:
        """Sign out on one device.

        The access token and the refresh token of that session stop working at once. Ending the session of this request is the same as signing out. 404: the
        session has ended, or belongs to somebody else.
        """

    @abstractmethod
    async def logout_everywhere(self, caller: CallerT) -> LogoutEverywhereNoContent:
        """Sign out everywhere.

        Ends every session of the account, including the session of this request: all access tokens and refresh tokens stop working at once.
        """


_LIST_OWN_SESSIONS = Inputs(
    Parameters(
        parameters.ListOwnSessionsParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_END_OWN_SESSION = Inputs(Parameters(parameters.EndOwnSessionParameters, path={"session_id": Field()}), NoBody())

_LOGOUT_EVERYWHERE = Inputs(Parameters(NoParameters), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractOwnSessionsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractOwnSessionsHandlers, handlers)

    async def list_own_sessions(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_OWN_SESSIONS)
        given = await _LIST_OWN_SESSIONS.read(request)
        return await handlers.list_own_sessions(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def end_own_session(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.END_OWN_SESSION)
        given = await _END_OWN_SESSION.read(request)
        return await handlers.end_own_session(caller, session_id=given.parameters.session_id)

    async def logout_everywhere(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LOGOUT_EVERYWHERE)
        await _LOGOUT_EVERYWHERE.read(request)
        return await handlers.logout_everywhere(caller)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_OWN_SESSIONS, list_own_sessions),
            OperationRoute(policies.END_OWN_SESSION, end_own_session),
            OperationRoute(policies.LOGOUT_EVERYWHERE, logout_everywhere),
        ]
    )
    return router
