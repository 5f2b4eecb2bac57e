# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The oauth-token operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, policies, replies
from openapi.runtime.bodies import Body, FormMedia
from openapi.runtime.forms import UrlencodedForm
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_O_AUTH_TOKENS: JsonWriter[replies.OAuthTokens] = JsonWriter(replies.OAuthTokens)


class ExchangeTokenOk(Reply):
    """The session's tokens."""

    __slots__ = ()

    def __init__(self, body: replies.OAuthTokens) -> None:
        super().__init__(200, {"content-type": "application/json"}, _O_AUTH_TOKENS.dump_json(body))


class RevokeTokenOk(Reply):
    """The token does not work, or never did."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(200, {})


class AbstractOauthTokenHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged oauth-token."""

    @abstractmethod
    async def exchange_token(self, client: ClientT, *, body: models.TokenForm) -> ExchangeTokenOk:
        """Trade a code or a refresh token for tokens.

        The token endpoint of RFC 6749 for public clients: `grant_type=authorization_code` with `code`, `redirect_uri`, `client_id` and `code_verifier`, or
        `grant_type=refresh_token` with `refresh_token` and `client_id`. Errors have the form of RFC 6749, section 5.2. Unknown members are ignored.

        A code works once: using it again ends the session that it opened. Refresh tokens behave as in `POST /auth/refresh`. For an account with a second factor
        the error is `mfa_required`, with the members of that problem: continue with `POST /auth/login/mfa`.
        """

    @abstractmethod
    async def revoke_token(self, client: ClientT, *, body: models.RevocationForm) -> RevokeTokenOk:
        """Revoke a token.

        RFC 7009: ends the session of the refresh or access token, as `POST /auth/logout` does. Returns 200 for an unknown or ended token too. A token that was
        issued to another client is refused as `invalid_grant`.
        """


_EXCHANGE_TOKEN = Inputs(
    Parameters(NoParameters, open_query=True),
    Body[models.TokenForm](
        {
            "application/x-www-form-urlencoded": FormMedia(
                TypeAdapter(models.TokenForm),
                UrlencodedForm(
                    {
                        "grant_type": Field(),
                        "client_id": Field(),
                        "code": Field(),
                        "redirect_uri": Field(),
                        "code_verifier": Field(),
                        "refresh_token": Field(),
                    },
                    open_fields=True,
                ),
            )
        }
    ),
)

_REVOKE_TOKEN = Inputs(
    Parameters(NoParameters, open_query=True),
    Body[models.RevocationForm](
        {
            "application/x-www-form-urlencoded": FormMedia(
                TypeAdapter(models.RevocationForm),
                UrlencodedForm({"token": Field(), "token_type_hint": Field(), "client_id": Field()}, open_fields=True),
            )
        }
    ),
)


def build_router[CallerT, ClientT](
    handlers: AbstractOauthTokenHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractOauthTokenHandlers, handlers)

    async def exchange_token(request: Request) -> Reply:
        client = await guard.admit(request, policies.EXCHANGE_TOKEN)
        given = await _EXCHANGE_TOKEN.read(request)
        return await handlers.exchange_token(client, body=given.body)

    async def revoke_token(request: Request) -> Reply:
        client = await guard.admit(request, policies.REVOKE_TOKEN)
        given = await _REVOKE_TOKEN.read(request)
        return await handlers.revoke_token(client, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [OperationRoute(policies.EXCHANGE_TOKEN, exchange_token), OperationRoute(policies.REVOKE_TOKEN, revoke_token)]
    )
    return router
