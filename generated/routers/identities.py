# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The identities operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

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

_IDENTITY_LIST: JsonWriter[replies.IdentityList] = JsonWriter(replies.IdentityList)
_SIGN_IN_BEGIN: JsonWriter[replies.SignInBegin] = JsonWriter(replies.SignInBegin)
_IDENTITY: JsonWriter[replies.Identity] = JsonWriter(replies.Identity)


class ListIdentitiesOk(Reply):
    """The linked identities."""

    __slots__ = ()

    def __init__(self, body: replies.IdentityList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _IDENTITY_LIST.dump_json(body))


class BeginIdentityLinkOk(Reply):
    """The URL to open in the browser."""

    __slots__ = ()

    def __init__(self, body: replies.SignInBegin) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SIGN_IN_BEGIN.dump_json(body))


class ConfirmIdentityLinkOk(Reply):
    """The linked identity."""

    __slots__ = ()

    def __init__(self, body: replies.Identity) -> None:
        super().__init__(200, {"content-type": "application/json"}, _IDENTITY.dump_json(body))


class DeleteIdentityNoContent(Reply):
    """Unlinked."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractIdentitiesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged identities."""

    @abstractmethod
    async def list_identities(self, caller: CallerT) -> ListIdentitiesOk:
        """List my linked identities.

        The identity providers linked to the caller's account, in the order in which they were linked.
        """

    @abstractmethod
    async def begin_identity_link(self, caller: CallerT, *, body: models.IdentityLinkStart) -> BeginIdentityLinkOk:
        """Begin to link an identity provider.

        Works as `beginSignIn`, for the account and session of the access token, and without PKCE: the session is the proof. Send the code that arrives at
        `redirect_uri` to `POST /users/me/identity-links`, with the access token of this session; it works nowhere else.

        403 `fresh-sign-in-required`: the session has to be started within the last 10 minutes (refreshing does not count), and by the password or the second
        factor if the account has a password. Sign in again.
        """

    @abstractmethod
    async def confirm_identity_link(
        self, caller: CallerT, *, body: models.IdentityLinkConfirm
    ) -> ConfirmIdentityLinkOk:
        """Confirm the link to an identity provider.

        Takes the code from `redirect_uri`, once, within 60 seconds, in the session that started the link. An identity that is linked to this account already
        stays linked. The owner is notified by mail.

        - 422 `invalid-one-time-token`: start again.
        - 409 `identity-taken`: the identity opens another account.
        """

    @abstractmethod
    async def delete_identity(self, caller: CallerT, *, identity_id: UUID) -> DeleteIdentityNoContent:
        """Unlink an identity provider.

        Sessions that were opened with it stay; a sign-in under way fails. The owner is notified by mail. 409 `last-way-in`: it is the only way to sign in. Set a
        password first, with the password reset.
        """


_LIST_IDENTITIES = Inputs(Parameters(NoParameters), NoBody())

_BEGIN_IDENTITY_LINK = Inputs(
    Parameters(NoParameters),
    Body[models.IdentityLinkStart]({"application/json": JsonMedia(TypeAdapter(models.IdentityLinkStart))}),
)

_CONFIRM_IDENTITY_LINK = Inputs(
    Parameters(NoParameters),
    Body[models.IdentityLinkConfirm]({"application/json": JsonMedia(TypeAdapter(models.IdentityLinkConfirm))}),
)

_DELETE_IDENTITY = Inputs(Parameters(parameters.DeleteIdentityParameters, path={"identity_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractIdentitiesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractIdentitiesHandlers, handlers)

    async def list_identities(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_IDENTITIES)
        await _LIST_IDENTITIES.read(request)
        return await handlers.list_identities(caller)

    async def begin_identity_link(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.BEGIN_IDENTITY_LINK)
        given = await _BEGIN_IDENTITY_LINK.read(request)
        return await handlers.begin_identity_link(caller, body=given.body)

    async def confirm_identity_link(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CONFIRM_IDENTITY_LINK)
        given = await _CONFIRM_IDENTITY_LINK.read(request)
        return await handlers.confirm_identity_link(caller, body=given.body)

    async def delete_identity(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_IDENTITY)
        given = await _DELETE_IDENTITY.read(request)
        return await handlers.delete_identity(caller, identity_id=given.parameters.identity_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_IDENTITIES, list_identities),
            OperationRoute(policies.BEGIN_IDENTITY_LINK, begin_identity_link),
            OperationRoute(policies.CONFIRM_IDENTITY_LINK, confirm_identity_link),
            OperationRoute(policies.DELETE_IDENTITY, delete_identity),
        ]
    )
    return router
