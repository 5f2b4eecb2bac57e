"""Another e-mail address, on the wire; the answer is the same bytes whoever has the address."""

from typing import Final, override

from generated import models, replies
from generated.routers.email_change import (
    ConfirmEmailChangeNoContent,
    EmailChangeHandlers,
    RequestEmailChangeAccepted,
)
from impl.identity.email_change.service import EmailChangeService
from impl.identity.owner_check.service import PasswordProof, Proof, SessionProof
from impl.kernel.caller import Caller, Visitor

_REQUESTED: Final[replies.Accepted] = {
    "message": "Check the new mailbox: the address changes when you follow our link."
}


class Handlers(EmailChangeHandlers[Caller, Visitor]):
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
        self, visitor: Visitor, *, body: models.EmailChangeConfirmation
    ) -> ConfirmEmailChangeNoContent:
        await self._service.confirm(visitor, token=body.token, proof=_proof(body.proof))
        return ConfirmEmailChangeNoContent()


def _proof(given: models.PasswordProof | models.SessionProof) -> Proof:
    if isinstance(given, models.PasswordProof):
        return PasswordProof(given.password)
    return SessionProof(given.access_token)
