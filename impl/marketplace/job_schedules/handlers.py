"""Handlers of the times of jobs."""

from typing import override
from uuid import UUID

from generated import models
from generated.routers.job_schedules import (
    AbstractJobSchedulesHandlers,
    AcceptJobScheduleOk,
    DeclineJobScheduleOk,
    ScheduleJobOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.marketplace.job_schedules.service import Booking, JobSchedulesService
from impl.marketplace.jobs.wire import shown_job


class JobSchedulesHandlers(AbstractJobSchedulesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: JobSchedulesService, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    @override
    async def schedule_job(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobTime
    ) -> ScheduleJobOk:
        row = await self._service.put(caller, job_id, Booking(body.starts_at, body.ends_at), if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return ScheduleJobOk(shown, etag=etag)

    @override
    async def accept_job_schedule(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> AcceptJobScheduleOk:
        row = await self._service.accept(caller, job_id, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return AcceptJobScheduleOk(shown, etag=etag)

    @override
    async def decline_job_schedule(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> DeclineJobScheduleOk:
        row = await self._service.decline(caller, job_id, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return DeclineJobScheduleOk(shown, etag=etag)
