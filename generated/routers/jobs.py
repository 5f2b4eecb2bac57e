# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The jobs operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies, states
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_JOB_PAGE: JsonWriter[replies.JobPage] = JsonWriter(replies.JobPage)
_JOB: JsonWriter[replies.Job] = JsonWriter(replies.Job)
_JOB_ADDRESS: JsonWriter[replies.JobAddress] = JsonWriter(replies.JobAddress)


class ListJobsOk(Reply):
    """A page of the caller's jobs of one side."""

    __slots__ = ()

    def __init__(self, body: replies.JobPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _JOB_PAGE.dump_json(body))


class GetJobOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class GetJobNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class GetJobAddressOk(Reply):
    """The address and the contact."""

    __slots__ = ()

    def __init__(self, body: replies.JobAddress) -> None:
        super().__init__(200, {"content-type": "application/json"}, _JOB_ADDRESS.dump_json(body))


class StartJobOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class DeliverJobOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class CompleteJobOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class RequestJobChangesOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class CancelJobOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class AbstractJobsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged jobs."""

    @abstractmethod
    async def list_jobs(
        self,
        caller: CallerT,
        *,
        side: models.JobSide,
        state: states.JobState | None,
        inquiry_id: UUID | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListJobsOk:
        """List my jobs.

        The jobs of one side, the newest first: those of the caller's homes (`HOMEOWNER`), or those of the caller's business (`PROVIDER`).
        """

    @abstractmethod
    async def get_job(self, caller: CallerT, *, job_id: UUID) -> GetJobOk | GetJobNotModified:
        """Get one of my jobs.

        For both parties; `side` says which one the caller is. The address is at `GET /jobs/{job_id}/address`. 404: it is somebody else's job.
        """

    @abstractmethod
    async def get_job_address(self, caller: CallerT, *, job_id: UUID) -> GetJobAddressOk:
        """Get the address of a job and its contact.

        For the provider, from the acceptance until 30 days after the end of the job; later, and while the homeowner's account is closed or suspended, it is 404.
        It is the current address of the property. The homeowner gets 403 `forbidden`.

        Each `GET` or `HEAD` is recorded as `job.address_read` in the homeowner's activity (`GET /users/me/activity`). Keep the address only for as long as the
        work needs it.
        """

    @abstractmethod
    async def start_job(self, caller: CallerT, *, job_id: UUID, if_match: str | None) -> StartJobOk:
        """Start a job.

        `SCHEDULED -> IN_PROGRESS`, by the provider, before the agreed time too. The homeowner gets 403 `forbidden`, and is notified by mail.
        """

    @abstractmethod
    async def deliver_job(self, caller: CallerT, *, job_id: UUID, if_match: str | None) -> DeliverJobOk:
        """Report the work of a job as done.

        `IN_PROGRESS | CHANGES_REQUESTED -> DELIVERED`, by the provider (403 `forbidden` for the homeowner). The homeowner is notified by mail, and has 14 days to
        complete it, request changes or open a dispute. After that it becomes `COMPLETED` automatically (`completes_at`).
        """

    @abstractmethod
    async def complete_job(self, caller: CallerT, *, job_id: UUID, if_match: str | None) -> CompleteJobOk:
        """Accept the work of a job.

        `DELIVERED -> COMPLETED`, by the homeowner; the provider gets 403 `forbidden`. The provider is mailed.
        """

    @abstractmethod
    async def request_job_changes(
        self, caller: CallerT, *, job_id: UUID, if_match: str | None, body: models.JobChangeRequest
    ) -> RequestJobChangesOk:
        """Request changes to the work of a job.

        `DELIVERED -> CHANGES_REQUESTED`, by the homeowner (403 `forbidden` for the provider). The provider gets the text by mail, and delivers again.
        """

    @abstractmethod
    async def cancel_job(
        self, caller: CallerT, *, job_id: UUID, if_match: str | None, body: models.JobCancel
    ) -> CancelJobOk:
        """Cancel a job.

        `SCHEDULED | IN_PROGRESS | CHANGES_REQUESTED -> CANCELLED`, by either party. The job stays in both lists, with who cancelled, why, and how long before the
        start. Visits that have not begun are cancelled too. The other party is notified by mail. A `DELIVERED` job cannot be cancelled: complete it, request changes, or open a dispute.
        """


_LIST_JOBS = Inputs(
    Parameters(
        parameters.ListJobsParameters,
        query={
            "side": Field(),
            "state": Field(),
            "inquiry_id": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_JOB = Inputs(
    Parameters(
        parameters.GetJobParameters, path={"job_id": Field()}, headers={"if_none_match": ("If-None-Match", Field())}
    ),
    NoBody(),
)

_GET_JOB_ADDRESS = Inputs(Parameters(parameters.GetJobAddressParameters, path={"job_id": Field()}), NoBody())

_START_JOB = Inputs(
    Parameters(parameters.StartJobParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    NoBody(),
)

_DELIVER_JOB = Inputs(
    Parameters(parameters.DeliverJobParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    NoBody(),
)

_COMPLETE_JOB = Inputs(
    Parameters(parameters.CompleteJobParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    NoBody(),
)

_REQUEST_JOB_CHANGES = Inputs(
    Parameters(
        parameters.RequestJobChangesParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    Body[models.JobChangeRequest]({"application/json": JsonMedia(TypeAdapter(models.JobChangeRequest))}),
)

_CANCEL_JOB = Inputs(
    Parameters(parameters.CancelJobParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    Body[models.JobCancel]({"application/json": JsonMedia(TypeAdapter(models.JobCancel))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractJobsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractJobsHandlers, handlers)

    async def list_jobs(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_JOBS)
        given = await _LIST_JOBS.read(request)
        return await handlers.list_jobs(
            caller,
            side=given.parameters.side,
            state=given.parameters.state,
            inquiry_id=given.parameters.inquiry_id,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_job(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_JOB)
        given = await _GET_JOB.read(request)
        return await handlers.get_job(caller, job_id=given.parameters.job_id)

    async def get_job_address(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_JOB_ADDRESS)
        given = await _GET_JOB_ADDRESS.read(request)
        return await handlers.get_job_address(caller, job_id=given.parameters.job_id)

    async def start_job(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.START_JOB)
        given = await _START_JOB.read(request)
        return await handlers.start_job(caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match)

    async def deliver_job(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELIVER_JOB)
        given = await _DELIVER_JOB.read(request)
        return await handlers.deliver_job(caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match)

    async def complete_job(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.COMPLETE_JOB)
        given = await _COMPLETE_JOB.read(request)
        return await handlers.complete_job(caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match)

    async def request_job_changes(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REQUEST_JOB_CHANGES)
        given = await _REQUEST_JOB_CHANGES.read(request)
        return await handlers.request_job_changes(
            caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match, body=given.body
        )

    async def cancel_job(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CANCEL_JOB)
        given = await _CANCEL_JOB.read(request)
        return await handlers.cancel_job(
            caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match, body=given.body
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_JOBS, list_jobs),
            OperationRoute(policies.GET_JOB, get_job),
            OperationRoute(policies.GET_JOB_ADDRESS, get_job_address),
            OperationRoute(policies.START_JOB, start_job),
            OperationRoute(policies.DELIVER_JOB, deliver_job),
            OperationRoute(policies.COMPLETE_JOB, complete_job),
            OperationRoute(policies.REQUEST_JOB_CHANGES, request_job_changes),
            OperationRoute(policies.CANCEL_JOB, cancel_job),
        ]
    )
    return router
