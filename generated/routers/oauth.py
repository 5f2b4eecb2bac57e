# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The oauth operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_IDENTITY_PROVIDER_LIST: JsonWriter[replies.IdentityProviderList] = JsonWriter(replies.IdentityProviderList)
_SIGN_IN_BEGIN: JsonWriter[replies.SignInBegin] = JsonWriter(replies.SignInBegin)


class ListIdentityProvidersOk(Reply):
    """The identity providers."""

    __slots__ = ()

    def __init__(self, body: replies.IdentityProviderList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _IDENTITY_PROVIDER_LIST.dump_json(body))


class BeginSignInOk(Reply):
    """The URL to open in the browser."""

    __slots__ = ()

    def __init__(self, body: replies.SignInBegin) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SIGN_IN_BEGIN.dump_json(body))


class RequestAuthorizationSeeOther(Reply):
    """A redirect to the sign-in page of the identity provider, or to the client with an error."""

    __slots__ = ()

    def __init__(self, *, location: str, set_cookie: str | None = None) -> None:
        headers = {"location": location}
        if set_cookie is not None:
            headers["set-cookie"] = set_cookie
        super().__init__(303, headers)


class StartSignInSeeOther(Reply):
    """A redirect to the sign-in page of the identity provider, or to the client with an error."""

    __slots__ = ()

    def __init__(self, *, location: str, set_cookie: str | None = None) -> None:
        headers = {"location": location}
        if set_cookie is not None:
            headers["set-cookie"] = set_cookie
        super().__init__(303, headers)


class FinishSignInSeeOther(Reply):
    """A redirect to the redirect URI of the sign-in, if it is still registered, with a code or an error."""

    __slots__ = ()

    def __init__(self, *, location: str, set_cookie: str | None = None) -> None:
        headers = {"location": location}
        if set_cookie is not None:
            headers["set-cookie"] = set_cookie
        super().__init__(303, headers)


class AbstractOauthHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged oauth."""

    @abstractmethod
    async def list_identity_providers(self, client: ClientT) -> ListIdentityProvidersOk:
        """List the identity providers.

        For the buttons of a sign-in form, in the order in which the operator configured them. Empty if there are none.
        """

    @abstractmethod
    async def begin_sign_in(self, client: ClientT, *, body: models.SignInStart) -> BeginSignInOk:
        """Begin to sign in with an identity provider.

        Returns a URL of this service. Navigate the browser to it (a top-level navigation, not a script's request) within 10 minutes. The browser comes back to
        `redirect_uri` with one of

        - `code` (for `POST /auth/token`, once, within 60 seconds), your `state`, and `iss` (RFC 9207: compare it with the origin of this service);
        - `error` (RFC 6749, section 4.1.2.1), `error_description`, `error_code` (stable and more specific), `state` and `iss`.

        Generate a random `state` and a PKCE verifier for each sign-in, and keep both in the browser. `code_challenge` is the verifier's SHA-256 in base64url
        without padding (S256). `client` is the id under which the operator registered your front end, and `redirect_uri` is exactly one of its URIs.
        """

    @abstractmethod
    async def request_authorization(
        self,
        client: ClientT,
        *,
        client_id: str,
        redirect_uri: str,
        response_type: str | None,
        response_mode: str | None,
        state: str | None,
        scope: str | None,
        code_challenge: str | None,
        code_challenge_method: str | None,
        provider: str | None,
    ) -> RequestAuthorizationSeeOther:
        """Begin to sign in as OAuth libraries do.

        The authorization endpoint of RFC 6749 for public clients, called by the browser: `beginSignIn` and `startSignIn` in one step.

        - PKCE with S256 is required, `state` is optional, and there are no scopes. Unknown parameters are ignored, and empty ones count as absent.
        - `provider` is an extension: it selects the identity provider, and is required if there are several.
        - 422 `unknown-client`: the client or the redirect URI is not registered. Browsers get a small page (by `Accept`), and are not redirected.
        - Every other error goes back to the client, as `beginSignIn` describes: `unsupported_response_type`, `invalid_scope`, or `invalid_request` with the
          `error_code` `response-type-missing`, `pkce-required`, `unknown-provider` or `unsupported-response-mode`.
        """

    @abstractmethod
    async def start_sign_in(
        self, client: ClientT, *, flow: str, host_sign_in: str | None, sign_in: str | None
    ) -> StartSignInSeeOther:
        """Send the browser to the identity provider.

        Called by the browser, with the URL that `beginSignIn` or `beginIdentityLink` returned. Sets a cookie for this sign-in, for 10 minutes, and redirects to
        the identity provider. The URL belongs to the browser that opens it first, which may reload it. In any other browser it is 404 `unknown-flow`, shown as a
        small page (by `Accept`). A browser has one sign-in at a time: the newest. If the identity provider does not respond, the browser is redirected to the
        client with `error=temporarily_unavailable`.
        """

    @abstractmethod
    async def finish_sign_in(
        self,
        client: ClientT,
        *,
        provider: str,
        state: str | None,
        code: str | None,
        iss: str | None,
        error: str | None,
        host_sign_in: str | None,
        sign_in: str | None,
    ) -> FinishSignInSeeOther:
        """Take the browser back from the identity provider.

        Called by the browser when it returns from the identity provider; register this address there. Works once, in the browser that started the sign-in, and
        redirects to the client with a code or an error. A sign-in that has expired, was used, or is not the newest of this browser is redirected to its client
        with `error=access_denied` and `error_code=unknown-flow`: start again. If the client is not known either, the response is 404 `unknown-flow`, shown as a
        small page (by `Accept`).

        - A new person gets an account (`HOMEOWNER`), which is verified if the provider has verified the address.
        - An existing account with the same address is used only if both sides have verified the address.
        - An existing account whose address was never verified is handed to the owner of the address, and all earlier ways to sign in to it are removed.
        """


_LIST_IDENTITY_PROVIDERS = Inputs(Parameters(NoParameters), NoBody())

_BEGIN_SIGN_IN = Inputs(
    Parameters(NoParameters), Body[models.SignInStart]({"application/json": JsonMedia(TypeAdapter(models.SignInStart))})
)

_REQUEST_AUTHORIZATION = Inputs(
    Parameters(
        parameters.RequestAuthorizationParameters,
        query={
            "client_id": Field(),
            "redirect_uri": Field(),
            "response_type": Field(),
            "response_mode": Field(),
            "state": Field(),
            "scope": Field(),
            "code_challenge": Field(),
            "code_challenge_method": Field(),
            "provider": Field(),
        },
        open_query=True,
    ),
    NoBody(),
)

_START_SIGN_IN = Inputs(
    Parameters(
        parameters.StartSignInParameters,
        path={"flow": Field()},
        cookies={"host_sign_in": ("__Host-sign_in", Field()), "sign_in": ("sign_in", Field())},
    ),
    NoBody(),
)

_FINISH_SIGN_IN = Inputs(
    Parameters(
        parameters.FinishSignInParameters,
        path={"provider": Field()},
        query={"state": Field(), "code": Field(), "iss": Field(), "error": Field()},
        cookies={"host_sign_in": ("__Host-sign_in", Field()), "sign_in": ("sign_in", Field())},
        open_query=True,
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractOauthHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractOauthHandlers, handlers)

    async def list_identity_providers(request: Request) -> Reply:
        client = await guard.admit(request, policies.LIST_IDENTITY_PROVIDERS)
        await _LIST_IDENTITY_PROVIDERS.read(request)
        return await handlers.list_identity_providers(client)

    async def begin_sign_in(request: Request) -> Reply:
        client = await guard.admit(request, policies.BEGIN_SIGN_IN)
        given = await _BEGIN_SIGN_IN.read(request)
        return await handlers.begin_sign_in(client, body=given.body)

    async def request_authorization(request: Request) -> Reply:
        client = await guard.admit(request, policies.REQUEST_AUTHORIZATION)
        given = await _REQUEST_AUTHORIZATION.read(request)
        return await handlers.request_authorization(
            client,
            client_id=given.parameters.client_id,
            redirect_uri=given.parameters.redirect_uri,
            response_type=given.parameters.response_type,
            response_mode=given.parameters.response_mode,
            state=given.parameters.state,
            scope=given.parameters.scope,
            code_challenge=given.parameters.code_challenge,
            code_challenge_method=given.parameters.code_challenge_method,
            provider=given.parameters.provider,
        )

    async def start_sign_in(request: Request) -> Reply:
        client = await guard.admit(request, policies.START_SIGN_IN)
        given = await _START_SIGN_IN.read(request)
        return await handlers.start_sign_in(
            client,
            flow=given.parameters.flow,
            host_sign_in=given.parameters.host_sign_in,
            sign_in=given.parameters.sign_in,
        )

    async def finish_sign_in(request: Request) -> Reply:
        client = await guard.admit(request, policies.FINISH_SIGN_IN)
        given = await _FINISH_SIGN_IN.read(request)
        return await handlers.finish_sign_in(
            client,
            provider=given.parameters.provider,
            state=given.parameters.state,
            code=given.parameters.code,
            iss=given.parameters.iss,
            error=given.parameters.error,
            host_sign_in=given.parameters.host_sign_in,
            sign_in=given.parameters.sign_in,
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_IDENTITY_PROVIDERS, list_identity_providers),
            OperationRoute(policies.BEGIN_SIGN_IN, begin_sign_in),
            OperationRoute(policies.REQUEST_AUTHORIZATION, request_authorization),
            OperationRoute(policies.START_SIGN_IN, start_sign_in),
            OperationRoute(policies.FINISH_SIGN_IN, finish_sign_in),
        ]
    )
    return router
