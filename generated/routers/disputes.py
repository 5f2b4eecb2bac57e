# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The disputes operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
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

_JOB: JsonWriter[replies.Job] = JsonWriter(replies.Job)
_DISPUTED_JOB_PAGE: JsonWriter[replies.DisputedJobPage] = JsonWriter(replies.DisputedJobPage)
_DISPUTED_JOB: JsonWriter[replies.DisputedJob] = JsonWriter(replies.DisputedJob)


class DisputeJobOk(Reply):
    """The job, as the caller sees it."""

    __slots__ = ()

    def __init__(self, body: replies.Job, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _JOB.dump_json(body))


class ListDisputesOk(Reply):
    """A page of disputes."""

    __slots__ = ()

    def __init__(self, body: replies.DisputedJobPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _DISPUTED_JOB_PAGE.dump_json(body))


class GetDisputeOk(Reply):
    """The disputed job."""

    __slots__ = ()

    def __init__(self, body: replies.DisputedJob) -> None:
        super().__init__(200, {"content-type": "application/json"}, _DISPUTED_JOB.dump_json(body))


class DecideDisputeOk(Reply):
    """The disputed job."""

    __slots__ = ()

    def __init__(self, body: replies.DisputedJob) -> None:
        super().__init__(200, {"content-type": "application/json"}, _DISPUTED_JOB.dump_json(body))


class AbstractDisputesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged disputes."""

    @abstractmethod
    async def dispute_job(
        self, caller: CallerT, *, job_id: UUID, if_match: str | None, body: models.JobDisputeOpen
    ) -> DisputeJobOk:
        """Open a dispute about a job.

        `IN_PROGRESS | DELIVERED | CHANGES_REQUESTED -> DISPUTED`, by either party, with their statement. Staff decide whether it becomes `COMPLETED` or
        `CANCELLED`, with reasons; until then nothing else changes. The other party is notified by mail, and reads the statement in the job.
        """

    @abstractmethod
    async def list_disputes(
        self, caller: CallerT, *, decided: bool, limit: int, cursor: str | None, include_total: bool
    ) -> ListDisputesOk:
        """List disputes.

        The open ones, or with `decided=true` the decided ones, the oldest first. Each reading is recorded.
        """

    @abstractmethod
    async def get_dispute(self, caller: CallerT, *, job_id: UUID) -> GetDisputeOk:
        """Get a dispute.

        The job with the statements of both parties, without the address and without names. 404: no dispute was opened. Each reading is recorded.
        """

    @abstractmethod
    async def decide_dispute(self, caller: CallerT, *, job_id: UUID, body: models.JobDecide) -> DecideDisputeOk:
        """Decide a dispute.

        `DISPUTED -> COMPLETED | CANCELLED`, once; any other state is 409 `invalid-transition`. Both parties get the decision and its reasons by mail and in the
        job, but not who decided. 403 `own-case`: it is the caller's own job.
        """


_DISPUTE_JOB = Inputs(
    Parameters(parameters.DisputeJobParameters, path={"job_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    Body[models.JobDisputeOpen]({"application/json": JsonMedia(TypeAdapter(models.JobDisputeOpen))}),
)

_LIST_DISPUTES = Inputs(
    Parameters(
        parameters.ListDisputesParameters,
        query={
            "decided": Field(texts.boolean),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"decided": False, "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_DISPUTE = Inputs(Parameters(parameters.GetDisputeParameters, path={"job_id": Field()}), NoBody())

_DECIDE_DISPUTE = Inputs(
    Parameters(parameters.DecideDisputeParameters, path={"job_id": Field()}),
    Body[models.JobDecide]({"application/json": JsonMedia(TypeAdapter(models.JobDecide))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractDisputesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractDisputesHandlers, handlers)

    async def dispute_job(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DISPUTE_JOB)
        given = await _DISPUTE_JOB.read(request)
        return await handlers.dispute_job(
            caller, job_id=given.parameters.job_id, if_match=given.parameters.if_match, body=given.body
        )

    async def list_disputes(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_DISPUTES)
        given = await _LIST_DISPUTES.read(request)
        return await handlers.list_disputes(
            caller,
            decided=given.parameters.decided,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_dispute(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_DISPUTE)
        given = await _GET_DISPUTE.read(request)
        return await handlers.get_dispute(caller, job_id=given.parameters.job_id)

    async def decide_dispute(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECIDE_DISPUTE)
        given = await _DECIDE_DISPUTE.read(request)
        return await handlers.decide_dispute(caller, job_id=given.parameters.job_id, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.DISPUTE_JOB, dispute_job),
            OperationRoute(policies.LIST_DISPUTES, list_disputes),
            OperationRoute(policies.GET_DISPUTE, get_dispute),
            OperationRoute(policies.DECIDE_DISPUTE, decide_dispute),
        ]
    )
    return router
