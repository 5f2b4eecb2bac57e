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
from impl.marketplace.job_schedules.service import Booking, JobSchedulesService
from impl.marketplace.jobs.wire import job_etag, job_to_wire


class JobSchedulesHandlers(AbstractJobSchedulesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: JobSchedulesService) -> None:
        self._service = service

    @override
    async def schedule_job(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobTime
    ) -> ScheduleJobOk:
        row = await self._service.put(caller, job_id, Booking(body.starts_at, body.ends_at), if_match=if_match)
        return ScheduleJobOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))

    @override
    async def accept_job_schedule(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> AcceptJobScheduleOk:
        row = await self._service.accept(caller, job_id, if_match=if_match)
        return AcceptJobScheduleOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))

    @override
    async def decline_job_schedule(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> DeclineJobScheduleOk:
        row = await self._service.decline(caller, job_id, if_match=if_match)
        return DeclineJobScheduleOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))
