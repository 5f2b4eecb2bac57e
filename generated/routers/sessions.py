# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The sessions operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, policies, replies
from openapi.runtime.bodies import Body, FormMedia, JsonMedia, NoBody
from openapi.runtime.forms import UrlencodedForm
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_TOKEN_PAIR: JsonWriter[replies.TokenPair] = JsonWriter(replies.TokenPair)
_AUTH_SESSION: JsonWriter[replies.AuthSession] = JsonWriter(replies.AuthSession)


class LoginOk(Reply):
    """Signed in."""

    __slots__ = ()

    def __init__(self, body: replies.TokenPair) -> None:
        super().__init__(200, {"content-type": "application/json"}, _TOKEN_PAIR.dump_json(body))


class RefreshSessionOk(Reply):
    """The next pair of tokens; the refresh token that was sent does not work any more."""

    __slots__ = ()

    def __init__(self, body: replies.TokenPair) -> None:
        super().__init__(200, {"content-type": "application/json"}, _TOKEN_PAIR.dump_json(body))


class LogoutNoContent(Reply):
    """The session has ended."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class GetCurrentSessionOk(Reply):
    """The session of the access token."""

    __slots__ = ()

    def __init__(self, body: replies.AuthSession) -> None:
        super().__init__(200, {"content-type": "application/json"}, _AUTH_SESSION.dump_json(body))


class AbstractSessionsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged sessions."""

    @abstractmethod
    async def login(self, client: ClientT, *, body: models.LoginRequest | models.LoginForm) -> LoginOk:
        """Sign in.

        Takes JSON, or the form of the OAuth 2 password grant, which OAuth libraries and the *Authorize* button of the documentation send. Unknown members of
        the form are ignored, as RFC 6749 requires.

        - 401 `invalid-credentials`: the e-mail address, the username or the password is wrong, or the address is not verified yet; the response does not tell
          which. If the password is right and the account waits for verification, the link is mailed again (a limited number of times an hour).
        - 403 `account-suspended`: the password was right, but staff suspended the account.
        - 403 `mfa-required`: the password was right, and the account has a second factor. Ask for the code, and send it with the problem's `mfa_token` to
          `POST /auth/login/mfa`.
        - 429 `login-throttled`: too many failed attempts. Wait for `Retry-After` seconds, or offer the password reset.

        Store `device_token` on this device, for each account, and send it with the next login: a known device can sign in while somebody else is guessing the
        password. The form has a field of the same name.
        """

    @abstractmethod
    async def refresh_session(self, client: ClientT, *, body: models.RefreshRequest) -> RefreshSessionOk:
        """Trade a refresh token for a new pair.

        Each refresh token works once. The response contains its successor, with the same expiry: refreshing does not extend the session beyond 7 days.

        - **Lost response**: repeat the call within 10 seconds with the same token; it returns the same successor.
        - **Reuse** of an older token ends the whole session, because somebody else may hold a copy.
        - **401 `invalid-refresh-token`**: the user has to sign in again.
        - **Concurrency**: send one refresh at a time for each session, and let other requests wait for its result.
        """

    @abstractmethod
    async def logout(self, caller: CallerT) -> LogoutNoContent:
        """Sign out.

        Ends the session of the access token: that token and the session's refresh token stop working at once. Other devices stay signed in.
        """

    @abstractmethod
    async def get_current_session(self, caller: CallerT) -> GetCurrentSessionOk:
        """Get the current session, its roles and permissions.

        Returns the session of the access token, a summary of its account, and the roles and permissions that hold now. Build menus from `permissions`, not from
        role names: staff can define roles. `permissions` is empty while a role requires a second factor that is not enrolled (`GET /users/me/mfa`).
        """


_LOGIN = Inputs(
    Parameters(NoParameters, open_query=True),
    Body[models.LoginRequest | models.LoginForm](
        {
            "application/json": JsonMedia(TypeAdapter(models.LoginRequest)),
            "application/x-www-form-urlencoded": FormMedia(
                TypeAdapter(models.LoginForm),
                UrlencodedForm(
                    {
                        "grant_type": Field(),
                        "username": Field(),
                        "password": Field(),
                        "device_token": Field(),
                        "scope": Field(),
                        "client_id": Field(),
                        "client_secret": Field(),
                    },
                    open_fields=True,
                ),
            ),
        }
    ),
)

_REFRESH_SESSION = Inputs(
    Parameters(NoParameters),
    Body[models.RefreshRequest]({"application/json": JsonMedia(TypeAdapter(models.RefreshRequest))}),
)

_LOGOUT = Inputs(Parameters(NoParameters), NoBody())

_GET_CURRENT_SESSION = Inputs(Parameters(NoParameters), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractSessionsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractSessionsHandlers, handlers)

    async def login(request: Request) -> Reply:
        client = await guard.admit(request, policies.LOGIN)
        given = await _LOGIN.read(request)
        return await handlers.login(client, body=given.body)

    async def refresh_session(request: Request) -> Reply:
        client = await guard.admit(request, policies.REFRESH_SESSION)
        given = await _REFRESH_SESSION.read(request)
        return await handlers.refresh_session(client, body=given.body)

    async def logout(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LOGOUT)
        await _LOGOUT.read(request)
        return await handlers.logout(caller)

    async def get_current_session(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_CURRENT_SESSION)
        await _GET_CURRENT_SESSION.read(request)
        return await handlers.get_current_session(caller)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LOGIN, login),
            OperationRoute(policies.REFRESH_SESSION, refresh_session),
            OperationRoute(policies.LOGOUT, logout),
            OperationRoute(policies.GET_CURRENT_SESSION, get_current_session),
        ]
    )
    return router
