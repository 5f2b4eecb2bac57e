"""Handlers of the health checks."""

from __future__ import annotations

from typing import Final, override

from generated import replies
from generated.routers.health import AbstractHealthHandlers, GetHealthOk, GetLivenessOk, GetReadinessOk
from impl.kernel.caller import AnonymousClient, Caller
from impl.operations.health.service import RELEASE, HealthService

_UP: Final[replies.Health] = {"status": "UP", "version": RELEASE}


class HealthHandlers(AbstractHealthHandlers[Caller, AnonymousClient]):
    def __init__(self, service: HealthService) -> None:
        self._service = service

    @override
    async def get_health(self, client: AnonymousClient) -> GetHealthOk:
        await self._service.require_database()
        return GetHealthOk(_UP)

    @override
    async def get_liveness(self, client: AnonymousClient) -> GetLivenessOk:
        return GetLivenessOk(_UP)

    @override
    async def get_readiness(self, client: AnonymousClient) -> GetReadinessOk:
        await self._service.require_database()
        return GetReadinessOk(_UP)
