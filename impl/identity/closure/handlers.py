"""Handlers that close and restore an account."""

from typing import override

from generated import models
from generated.routers.closure import AbstractClosureHandlers, CloseAccountNoContent, RestoreAccountNoContent
from impl.identity.closure.service import ClosureService
from impl.kernel.caller import AnonymousClient, Caller


class ClosureHandlers(AbstractClosureHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ClosureService) -> None:
        self._service = service

    @override
    async def close_account(self, caller: Caller, *, body: models.AccountClosure) -> CloseAccountNoContent:
        await self._service.close_own(caller, current_password=body.current_password)
        return CloseAccountNoContent()

    @override
    async def restore_account(
        self, client: AnonymousClient, *, body: models.AccountRestoration
    ) -> RestoreAccountNoContent:
        await self._service.restore(client, body.token)
        return RestoreAccountNoContent()
