# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The job-schedules operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_JOB: JsonWriter[replies.Job] = JsonWriter(replies.Job)


class ScheduleJobOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class AcceptJobScheduleOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class DeclineJobScheduleOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class AbstractJobSchedulesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged job-schedules."""

    @abstractmethod
    async def schedule_job(
        self, caller: CallerT, *, job_id: UUID, if_match: str | None, body: models.JobTime
    ) -> ScheduleJobOk:
        """Set or move the time of a job.

        By either party, while the job is `SCHEDULED`. The time is set at once, and the other party is notified by mail. If the present or the new time begins
        within 24 hours, it becomes a `proposal` instead, which the other party has to accept. A new proposal replaces a waiting one. Setting the
        present time, or proposing one's own waiting proposal again, changes nothing.

        - 409 `slot-taken`: the provider has another job or a visit at that time.
        - 422 `in_the_past`: the time is not in the future.
        - 422 `out_of_range`: it ends before it begins, or more than 30 days later.
        """

    @abstractmethod
    async def accept_job_schedule(self, caller: CallerT, *, job_id: UUID, if_match: str | None) -> AcceptJobScheduleOk:
        """Accept a proposed time of a job.

        By the party that did not propose it; the other one gets 403 `forbidden`, and is notified by mail. `If-Match` is required, so that nobody accepts a
        time that they have not seen: 412 if another one was proposed meanwhile.

        - 409 `invalid-transition`: there is no proposal, or its time has come.
        - 409 `slot-taken`: the provider has another job or a visit at that time.
        """

    @abstractmethod
    async def decline_job_schedule(
        self, caller: CallerT, *, job_id: UUID, if_match: str | None
    ) -> DeclineJobScheduleOk:
        """Decline or withdraw a proposed time of a job.

        The present time stays. The other party declines the proposal, and its author is notified by mail; or its author withdraws it. 409 `invalid-transition`:
        there is no proposal.
        """


_SCHEDULE_JOB = Inputs(
    Parameters(parameters.ScheduleJobParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    Body[models.JobTime]({"application/json": JsonMedia(TypeAdapter(models.JobTime))}),
)

_ACCEPT_JOB_SCHEDULE = Inputs(
    Parameters(
        parameters.AcceptJobScheduleParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)

_DECLINE_JOB_SCHEDULE = Inputs(
    Parameters(
        parameters.DeclineJobScheduleParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractJobSchedulesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractJobSchedulesHandlers, handlers)

    async def schedule_job(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SCHEDULE_JOB)
        given = await _SCHEDULE_JOB.read(request)
        return await handlers.schedule_job(
            caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match, body=given.body
        )

    async def accept_job_schedule(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ACCEPT_JOB_SCHEDULE)
        given = await _ACCEPT_JOB_SCHEDULE.read(request)
        return await handlers.accept_job_schedule(
            caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match
        )

    async def decline_job_schedule(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECLINE_JOB_SCHEDULE)
        given = await _DECLINE_JOB_SCHEDULE.read(request)
        return await handlers.decline_job_schedule(
            caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.SCHEDULE_JOB, schedule_job),
            OperationRoute(policies.ACCEPT_JOB_SCHEDULE, accept_job_schedule),
            OperationRoute(policies.DECLINE_JOB_SCHEDULE, decline_job_schedule),
        ]
    )
    return router
