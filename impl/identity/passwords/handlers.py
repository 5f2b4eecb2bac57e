"""Handlers that reset and change passwords."""

from typing import Final, override

from generated import models, replies
from generated.routers.passwords import (
    AbstractPasswordsHandlers,
    ChangePasswordNoContent,
    ConfirmPasswordResetNoContent,
    RequestPasswordResetAccepted,
)
from impl.identity.passwords.service import PasswordsService
from impl.kernel.caller import AnonymousClient, Caller

_REQUESTED: Final[replies.Accepted] = {"message": "If this address has an account, we have sent a link to it."}


class PasswordsHandlers(AbstractPasswordsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: PasswordsService) -> None:
        self._service = service

    @override
    async def request_password_reset(
        self, client: AnonymousClient, *, body: models.PasswordResetRequest
    ) -> RequestPasswordResetAccepted:
        await self._service.request_reset(client, body.email)
        return RequestPasswordResetAccepted(_REQUESTED)

    @override
    async def confirm_password_reset(
        self, client: AnonymousClient, *, body: models.PasswordReset
    ) -> ConfirmPasswordResetNoContent:
        await self._service.confirm_reset(client, token=body.token, new_password=body.new_password)
        return ConfirmPasswordResetNoContent()

    @override
    async def change_password(self, caller: Caller, *, body: models.PasswordChange) -> ChangePasswordNoContent:
        await self._service.change(caller, current_password=body.current_password, new_password=body.new_password)
        return ChangePasswordNoContent()
