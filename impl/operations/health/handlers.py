"""Health on the wire."""

from __future__ import annotations

from typing import Final, override

from generated import replies
from generated.routers.health import GetHealthOk, GetLivenessOk, GetReadinessOk, HealthHandlers
from impl.kernel.caller import Caller, Visitor
from impl.operations.health.service import RELEASE, HealthService

_UP: Final[replies.Health] = {"status": "UP", "version": RELEASE}


class Handlers(HealthHandlers[Caller, Visitor]):
    def __init__(self, service: HealthService) -> None:
        self._service = service

    @override
    async def get_health(self, visitor: Visitor) -> GetHealthOk:
        await self._service.require_database()
        return GetHealthOk(_UP)

    @override
    async def get_liveness(self, visitor: Visitor) -> GetLivenessOk:
        return GetLivenessOk(_UP)

    @override
    async def get_readiness(self, visitor: Visitor) -> GetReadinessOk:
        await self._service.require_database()
        return GetReadinessOk(_UP)
