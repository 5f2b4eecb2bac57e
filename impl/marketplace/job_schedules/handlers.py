"""Times of jobs on the wire."""

from collections.abc import Callable
from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.job_schedules import (
    AbstractJobSchedulesHandlers,
    AcceptJobScheduleOk,
    DeclineJobScheduleOk,
    ScheduleJobOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.capabilities.jobs.service import edition, side_of
from impl.marketplace.job_schedules.service import Booking, JobRow, JobSchedulesService

type JobShape = Callable[[JobRow, UUID], replies.Job]


def _etag(row: JobRow, person: UUID) -> str:
    return f'"{edition(row, side_of(row, person))}"'


class JobSchedulesHandlers(AbstractJobSchedulesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: JobSchedulesService, job_shape: JobShape) -> None:
        """Take the shape that jobs have for their parties."""
        self._service = service
        self._shape = job_shape

    @override
    async def schedule_job(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobTime
    ) -> ScheduleJobOk:
        row = await self._service.put(caller, job_id, Booking(body.starts_at, body.ends_at), if_match=if_match)
        return ScheduleJobOk(self._shape(row, caller.user_id), etag=_etag(row, caller.user_id))

    @override
    async def accept_job_schedule(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> AcceptJobScheduleOk:
        row = await self._service.accept(caller, job_id, if_match=if_match)
        return AcceptJobScheduleOk(self._shape(row, caller.user_id), etag=_etag(row, caller.user_id))

    @override
    async def decline_job_schedule(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> DeclineJobScheduleOk:
        row = await self._service.decline(caller, job_id, if_match=if_match)
        return DeclineJobScheduleOk(self._shape(row, caller.user_id), etag=_etag(row, caller.user_id))
