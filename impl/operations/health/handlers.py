"""Handlers of the health checks."""

from __future__ import annotations

from typing import Final, override

from generated import models, replies
from generated.routers.health import AbstractHealthHandlers, GetHealthOk, GetLivenessOk, GetReadinessOk
from impl.kernel.caller import AnonymousClient, Caller
from impl.operations.health.service import RELEASE, HealthService

_UP: Final[replies.Health] = {"status": models.HealthStatus.UP, "version": RELEASE}
_DEGRADED: Final[replies.Health] = {"status": models.HealthStatus.DEGRADED, "version": RELEASE}


class HealthHandlers(AbstractHealthHandlers[Caller, AnonymousClient]):
    def __init__(self, service: HealthService) -> None:
        self._service = service

    @override
    async def get_health(self, client: AnonymousClient) -> GetHealthOk:
        return GetHealthOk(await self._health())

    @override
    async def get_liveness(self, client: AnonymousClient) -> GetLivenessOk:
        return GetLivenessOk(_UP)

    @override
    async def get_readiness(self, client: AnonymousClient) -> GetReadinessOk:
        self._service.require_staying()
        return GetReadinessOk(await self._health())

    async def _health(self) -> replies.Health:
        await self._service.require_database()
        return _DEGRADED if await self._service.is_degraded() else _UP
