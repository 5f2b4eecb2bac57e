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

        By either party while it is `SCHEDULED`. It holds at once, and the other party is mailed, unless the time that holds or the new one begins within 24 hours: then it is a `proposal`, which holds when the
        other party accepts it. A new one replaces a proposal that waits, whoever made it. Putting what holds already, or proposing what is proposed already by the same party, changes nothing. 409 `slot-taken`: the provider has another job or a visit then.

        The time is in the future (422 `in_the_past`) and ends after it begins (422 `out_of_range`), at most 30 days later (422 `out_of_range`).
        """

    @abstractmethod
    async def accept_job_schedule(self, caller: CallerT, *, job_id: UUID, if_match: str | None) -> AcceptJobScheduleOk:
        """Accept a proposed time of a job.

        By the other party than the one who proposed it, who gets 403 `forbidden`. `If-Match` is needed, so that nobody accepts a time that they have not seen: once another one is proposed it is 412. Without
        a proposal, or when its time has come, 409 `invalid-transition`. 409 `slot-taken`: the provider has another job or a visit then. Whoever proposed it is mailed.
        """

    @abstractmethod
    async def decline_job_schedule(
        self, caller: CallerT, *, job_id: UUID, if_match: str | None
    ) -> DeclineJobScheduleOk:
        """Decline or withdraw a proposed time of a job.

        The time that held before stays. By the other party, and whoever proposed it is mailed; or by whoever proposed it, who takes it back. Without a proposal 409 `invalid-transition`.
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
