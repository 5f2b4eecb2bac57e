# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The registration operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, policies, replies
from openapi.runtime.bodies import Body, JsonMedia
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.wire import Reply

_ACCEPTED: JsonWriter[replies.Accepted] = JsonWriter(replies.Accepted)
_TOKEN_PAIR: JsonWriter[replies.TokenPair] = JsonWriter(replies.TokenPair)


class RegisterAccepted(Reply):
    """Accepted. What happens next arrives by mail."""

    __slots__ = ()

    def __init__(self, body: replies.Accepted) -> None:
        super().__init__(202, {"content-type": "application/json"}, _ACCEPTED.dump_json(body))


class VerifyEmailOk(Reply):
    """The address is verified, the account is `ACTIVE`, and its owner is signed in."""

    __slots__ = ()

    def __init__(self, body: replies.TokenPair) -> None:
        super().__init__(200, {"content-type": "application/json"}, _TOKEN_PAIR.dump_json(body))


class ResendVerificationAccepted(Reply):
    """Accepted. If the address waits for verification, a mail is on its way."""

    __slots__ = ()

    def __init__(self, body: replies.Accepted) -> None:
        super().__init__(202, {"content-type": "application/json"}, _ACCEPTED.dump_json(body))


class AbstractRegistrationHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged registration."""

    @abstractmethod
    async def register(self, client: ClientT, *, body: models.Registration) -> RegisterAccepted:
        """Create an account.

        Creates an account and mails a link that verifies the address. The response is the same whether or not the address is known, so that nobody can find
        out who has an account. The mail depends on the address:

        - A new address gets a verification link.
        - The owner of an account with this address gets a mail that says so.
        - The owner of a closed account gets a link that restores it.

        Repeating the request within a minute sends no second mail, and the link of the first stays valid.

        The account stays `PENDING`, and sign-in is refused, until `POST /auth/verify-email`. An account that is never verified is erased after some weeks, and
        its address is free again. Without `roles` the account is a homeowner's.

        - 409 `username-taken`: usernames are public, and a verified account has this one. A username is not reserved before the address is verified: of two
          people who register the same one, whoever verifies first gets it, and `POST /auth/verify-email` asks the other for another.
        - 422 `weak-password`: the reasons are in `errors`.
        """

    @abstractmethod
    async def verify_email(self, client: ClientT, *, body: models.EmailVerification) -> VerifyEmailOk:
        """Verify an e-mail address.

        Needs the token of the mailed link and the password that was chosen at registration. The password shows that the owner of the mailbox is the person who
        registered: somebody who receives this mail without having registered cannot verify by accident, and uses the password reset instead, which ends all
        access that the other person had.

        The account becomes `ACTIVE`, and the response is that of a login (403 `mfa-required` included, if staff changed the address of an account with a second
        factor). A token works once, for 60 minutes, and only the newest one is valid. Ask for another with `POST /auth/verify-email/resend`.

        - 401 `invalid-credentials`: the password is wrong.
        - 409 `username-taken`: somebody else verified this username first. Repeat the request with another `username`; the token stays valid.
        - 422 `invalid-one-time-token`: the token has expired, was replaced or is unknown.
        - 422 `already-used`: this link has already verified the address.
        """

    @abstractmethod
    async def resend_verification(
        self, client: ClientT, *, body: models.VerificationRequest
    ) -> ResendVerificationAccepted:
        """Mail the verification link again.

        The response is the same for known, unknown and verified addresses. The new link replaces earlier ones. The number of mails to one address in an hour is
        limited; the response does not show whether a mail was sent.
        """


_REGISTER = Inputs(
    Parameters(NoParameters),
    Body[models.Registration]({"application/json": JsonMedia(TypeAdapter(models.Registration))}),
)

_VERIFY_EMAIL = Inputs(
    Parameters(NoParameters),
    Body[models.EmailVerification]({"application/json": JsonMedia(TypeAdapter(models.EmailVerification))}),
)

_RESEND_VERIFICATION = Inputs(
    Parameters(NoParameters),
    Body[models.VerificationRequest]({"application/json": JsonMedia(TypeAdapter(models.VerificationRequest))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractRegistrationHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractRegistrationHandlers, handlers)

    async def register(request: Request) -> Reply:
        client = await guard.admit(request, policies.REGISTER)
        given = await _REGISTER.read(request)
        return await handlers.register(client, body=given.body)

    async def verify_email(request: Request) -> Reply:
        client = await guard.admit(request, policies.VERIFY_EMAIL)
        given = await _VERIFY_EMAIL.read(request)
        return await handlers.verify_email(client, body=given.body)

    async def resend_verification(request: Request) -> Reply:
        client = await guard.admit(request, policies.RESEND_VERIFICATION)
        given = await _RESEND_VERIFICATION.read(request)
        return await handlers.resend_verification(client, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.REGISTER, register),
            OperationRoute(policies.VERIFY_EMAIL, verify_email),
            OperationRoute(policies.RESEND_VERIFICATION, resend_verification),
        ]
    )
    return router
