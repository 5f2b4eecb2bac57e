"""Handlers of e-mail changes; the reply has the same bytes whether or not the address has an account."""

from typing import Final, override

from generated import models, replies
from generated.routers.email_change import (
    AbstractEmailChangeHandlers,
    ConfirmEmailChangeNoContent,
    RequestEmailChangeAccepted,
)
from impl.identity.capabilities.reauthentication.service import PasswordProof, Proof, SessionProof
from impl.identity.email_change.service import EmailChangeService
from impl.kernel.caller import AnonymousClient, Caller

_REQUESTED: Final[replies.Accepted] = {
    "message": "Check the new mailbox: the address changes when you follow our link."
}


class EmailChangeHandlers(AbstractEmailChangeHandlers[Caller, AnonymousClient]):
    def __init__(self, service: EmailChangeService) -> None:
        self._service = service

    @override
    async def request_email_change(
        self, caller: Caller, *, body: models.EmailChangeRequest
    ) -> RequestEmailChangeAccepted:
        await self._service.request(caller, new_email=body.new_email, current_password=body.current_password)
        return RequestEmailChangeAccepted(_REQUESTED)

    @override
    async def confirm_email_change(
        self, client: AnonymousClient, *, body: models.EmailChangeConfirmation
    ) -> ConfirmEmailChangeNoContent:
        await self._service.confirm(client, token=body.token, proof=_proof(body.proof))
        return ConfirmEmailChangeNoContent()


def _proof(proof: models.PasswordProof | models.SessionProof) -> Proof:
    if isinstance(proof, models.PasswordProof):
        return PasswordProof(proof.password)
    return SessionProof(proof.access_token)
