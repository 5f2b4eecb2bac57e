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

        Answers the same whether or not the address is known already, so that nobody can find out who has an account: a new address gets a link
        to verify it, the owner of a known one gets a mail that says so (of a closed one, with a link that brings it back). Repeated within a minute,
        it sends no second mail, and the link of the first works. 422 `weak-password` has its reasons in `errors`.

        Usernames are public: one that a verified account has is 409 `username-taken`. A wished one is reserved for nobody until the address is
        verified; whoever verifies first has it, and `POST /auth/verify-email` asks the other for another.

        Without `roles` the account is a homeowner's. It stays `PENDING`, and nobody signs in to it, until `POST /auth/verify-email`. One that is never
        verified is erased some weeks later, and the address is free again.
        """

    @abstractmethod
    async def verify_email(self, client: ClientT, *, body: models.EmailVerification) -> VerifyEmailOk:
        """Verify an e-mail address.

        Needs the token of the mailed link and the password that was chosen at registration, which shows that the person at the mailbox is the one who
        registered. Someone who gets such a mail without having registered cannot verify by accident; they use the password reset, which ends whatever
        the other person had.

        The account becomes `ACTIVE`, and the answer is that of a login (403 `mfa-required` included, where staff gave the account a new address).
        A token works once, for 60 minutes, and only the newest one works (422 `invalid-one-time-token`; `already-used` when it was this link that
        verified the address); ask for another with `POST /auth/verify-email/resend`. A wrong password is 401 `invalid-credentials`.

        409 `username-taken`: somebody verified the wished username first. Send the request again with another `username`; the token is not used up.
        """

    @abstractmethod
    async def resend_verification(
        self, client: ClientT, *, body: models.VerificationRequest
    ) -> ResendVerificationAccepted:
        """Mail the verification link again.

        Answers the same for known, unknown and verified addresses. Earlier links of the account stop working when the new one is made.
        Only so many mails go to one address in an hour; the answer does not tell.
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
