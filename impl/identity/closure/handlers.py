"""Closing and restoring an account on the wire."""

from typing import override

from generated import models
from generated.routers.closure import CloseAccountNoContent, ClosureHandlers, RestoreAccountNoContent
from impl.identity.closure.service import ClosureService
from impl.kernel.caller import Caller, Visitor


class Handlers(ClosureHandlers[Caller, Visitor]):
    def __init__(self, service: ClosureService) -> None:
        self._service = service

    @override
    async def close_account(self, caller: Caller, *, body: models.AccountClosure) -> CloseAccountNoContent:
        await self._service.close_own(caller, current_password=body.current_password)
        return CloseAccountNoContent()

    @override
    async def restore_account(self, visitor: Visitor, *, body: models.AccountRestoration) -> RestoreAccountNoContent:
        await self._service.restore(visitor, body.token)
        return RestoreAccountNoContent()
