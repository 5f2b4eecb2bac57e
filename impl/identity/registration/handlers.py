"""Handlers of registration; replies for known and unknown addresses have the same bytes."""

from typing import Final, override

from generated import models, replies
from generated.routers.registration import (
    AbstractRegistrationHandlers,
    RegisterAccepted,
    ResendVerificationAccepted,
    VerifyEmailOk,
)
from impl.identity.capabilities.authentication.wire import tokens_to_wire
from impl.identity.capabilities.role_catalogue.service import HOMEOWNER
from impl.identity.registration.service import NewAccount, RegistrationService
from impl.kernel.caller import AnonymousClient, Caller

_REGISTERED: Final[replies.Accepted] = {
    "message": "Check your mailbox: we have sent you a message that tells how to go on."
}
_RESENT: Final[replies.Accepted] = {"message": "If this address waits for verification, we have sent a new link to it."}


class RegistrationHandlers(AbstractRegistrationHandlers[Caller, AnonymousClient]):
    def __init__(self, service: RegistrationService) -> None:
        self._service = service

    @override
    async def register(self, client: AnonymousClient, *, body: models.Registration) -> RegisterAccepted:
        roles = [HOMEOWNER] if body.roles is None else [role.value for role in body.roles]
        new = NewAccount(
            email=body.email,
            full_name=body.full_name,
            username=body.username,
            phone=body.phone,
            locale=body.locale,
            roles=tuple(roles),
        )
        await self._service.register(client, new, password=body.password)
        return RegisterAccepted(_REGISTERED)

    @override
    async def verify_email(self, client: AnonymousClient, *, body: models.EmailVerification) -> VerifyEmailOk:
        signed_in = await self._service.verify(client, token=body.token, password=body.password, username=body.username)
        return VerifyEmailOk(tokens_to_wire(signed_in))

    @override
    async def resend_verification(
        self, client: AnonymousClient, *, body: models.VerificationRequest
    ) -> ResendVerificationAccepted:
        await self._service.resend(body.email)
        return ResendVerificationAccepted(_RESENT)
