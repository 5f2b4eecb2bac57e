# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The reports operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import Literal
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
from openapi.runtime.wire import FileReply, Reply

_REPORT_PAGE: JsonWriter[replies.ReportPage] = JsonWriter(replies.ReportPage)
_REPORT: JsonWriter[replies.Report] = JsonWriter(replies.Report)
_REPORTED_PAGE: JsonWriter[replies.ReportedPage] = JsonWriter(replies.ReportedPage)
_REPORTED: JsonWriter[replies.Reported] = JsonWriter(replies.Reported)
_REPORTED_MESSAGE: JsonWriter[replies.ReportedMessage] = JsonWriter(replies.ReportedMessage)


class ListOwnReportsOk(Reply):
    """A page of the caller's reports."""

    __slots__ = ()

    def __init__(self, body: replies.ReportPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _REPORT_PAGE.dump_json(body))


class CreateReportOk(Reply):
    """The same was reported before, and waits for a decision."""

    __slots__ = ()

    def __init__(self, body: replies.Report, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REPORT.dump_json(body))


class CreateReportCreated(Reply):
    """The report was taken."""

    __slots__ = ()

    def __init__(self, body: replies.Report, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _REPORT.dump_json(body)
        )


class GetOwnReportOk(Reply):
    """The report."""

    __slots__ = ()

    def __init__(self, body: replies.Report, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REPORT.dump_json(body))


class GetOwnReportNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ListReportsOk(Reply):
    """A page of reports."""

    __slots__ = ()

    def __init__(self, body: replies.ReportedPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _REPORTED_PAGE.dump_json(body))


class GetReportOk(Reply):
    """The report."""

    __slots__ = ()

    def __init__(self, body: replies.Reported, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REPORTED.dump_json(body))


class GetReportNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class GetReportedMessageOk(Reply):
    """The message."""

    __slots__ = ()

    def __init__(self, body: replies.ReportedMessage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _REPORTED_MESSAGE.dump_json(body))


class GetReportedAttachmentOk(FileReply):
    """The document, as it was sent."""

    __slots__ = ()

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        size: int,
        media_type: Literal["application/pdf"],
        content_disposition: str,
    ) -> None:
        super().__init__(
            200, {"content-type": media_type, "content-disposition": content_disposition}, chunks, size=size
        )


class TriageReportOk(Reply):
    """The report was taken up."""

    __slots__ = ()

    def __init__(self, body: replies.Reported, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REPORTED.dump_json(body))


class DecideReportOk(Reply):
    """The report was decided."""

    __slots__ = ()

    def __init__(self, body: replies.Reported, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REPORTED.dump_json(body))


class AbstractReportsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged reports."""

    @abstractmethod
    async def list_own_reports(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnReportsOk:
        """List my reports.

        The caller's own reports, newest first, each with its state and, once staff have decided, with their reasons.
        """

    @abstractmethod
    async def create_report(
        self, caller: CallerT, *, body: models.ReportCreate
    ) -> CreateReportOk | CreateReportCreated:
        """Report a listing, a business, a photo, a message or a review.

        Staff read it and decide; both sides get a mail with the reasons. Reporting the same thing again before that adds nothing: the answer is 200 with
        the report that waits, and the reason and the text are those of the first time.

        404: there is nothing published under this id, or no such message in a thread of the caller's, or no review that the caller sees. 409 `own-listing`: it is the caller's own.
        """

    @abstractmethod
    async def get_own_report(self, caller: CallerT, *, report_id: UUID) -> GetOwnReportOk | GetOwnReportNotModified:
        """Get one of my reports.

        As in the list. Somebody else's is 404.
        """

    @abstractmethod
    async def list_reports(
        self,
        caller: CallerT,
        *,
        state: states.ReportState | None,
        reason: models.ReportReason | None,
        subject_kind: models.ReportSubjectKind | None,
        subject_id: UUID | None,
        sort: models.ReportSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListReportsOk:
        """List reports, for staff.

        All reports, oldest first unless told, so that nobody waits longest for nothing. Filters narrow together. Those of what is the caller's are not among them: who
        is reported does not learn by whom.
        """

    @abstractmethod
    async def get_report(self, caller: CallerT, *, report_id: UUID) -> GetReportOk | GetReportNotModified:
        """Get a report, as staff see it.

        With who reported it, and how many others have reported the same thing. A report of what is the caller's is for others to read: 403 `own-case`.
        """

    @abstractmethod
    async def get_reported_message(self, caller: CallerT, *, report_id: UUID) -> GetReportedMessageOk:
        """Get the message of a report.

        As it is kept, hidden or not; each reading is an event. Nothing else of its thread is shown. 404 also where something else was reported.
        """

    @abstractmethod
    async def get_reported_attachment(
        self, caller: CallerT, *, report_id: UUID, attachment_id: UUID
    ) -> GetReportedAttachmentOk:
        """Download a document of the message of a report.

        As it was sent, hidden or not; each reading is an event. Open it where it can do no harm. 404 also for what is not of that message, and for a photo.
        """

    @abstractmethod
    async def triage_report(self, caller: CallerT, *, report_id: UUID) -> TriageReportOk:
        """Take charge of a report.

        `OPEN -> TRIAGED`: the caller looks into it, and others see who does. Any other state is 409 `invalid-transition`. What the caller has reported, what
        is theirs, and a review of their business with its photos are for somebody else to decide: 403 `own-case`.
        """

    @abstractmethod
    async def decide_report(self, caller: CallerT, *, report_id: UUID, body: models.ReportDecision) -> DecideReportOk:
        """Act on a report or dismiss it.

        `TRIAGED -> ACTIONED | DISMISSED`; any other state is 409 `invalid-transition`. The statement of reasons is mailed to who reported it and
        to the owner of what was reported, who is not told who did. What the caller has reported, what is theirs, and a review of their business
        with its photos are for somebody else to decide: 403 `own-case`.

        `action: TAKE_DOWN` takes effect together with the decision. A service is out of the catalogue and `REJECTED`, with the statement as its `review_note`: its
        owner edits and submits it again, and staff review it, whatever `MODERATION` says, or staff reinstate it (`reinstateService`). A business is `SUSPENDED`, as by
        `suspendProvider`. A photo is `HIDDEN`, and its picture served to nobody but staff, until they reinstate it (`reinstatePhoto`). A message is hidden from both sides (`removed: HIDDEN`). Where there is nothing to take down, as the owner has deleted it or somebody else took it down, the answer is 409
        `invalid-transition` with the state of the thing, and `action: NONE` is left.
        """


_LIST_OWN_REPORTS = Inputs(
    Parameters(
        parameters.ListOwnReportsParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_REPORT = Inputs(
    Parameters(parameters.CreateReportParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.ReportCreate]({"application/json": JsonMedia(TypeAdapter(models.ReportCreate))}),
)

_GET_OWN_REPORT = Inputs(
    Parameters(
        parameters.GetOwnReportParameters,
        path={"report_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_LIST_REPORTS = Inputs(
    Parameters(
        parameters.ListReportsParameters,
        query={
            "state": Field(),
            "reason": Field(),
            "subject_kind": Field(),
            "subject_id": Field(),
            "sort": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"sort": "created_at", "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_REPORT = Inputs(
    Parameters(
        parameters.GetReportParameters,
        path={"report_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_GET_REPORTED_MESSAGE = Inputs(
    Parameters(parameters.GetReportedMessageParameters, path={"report_id": Field()}), NoBody()
)

_GET_REPORTED_ATTACHMENT = Inputs(
    Parameters(parameters.GetReportedAttachmentParameters, path={"report_id": Field(), "attachment_id": Field()}),
    NoBody(),
)

_TRIAGE_REPORT = Inputs(Parameters(parameters.TriageReportParameters, path={"report_id": Field()}), NoBody())

_DECIDE_REPORT = Inputs(
    Parameters(parameters.DecideReportParameters, path={"report_id": Field()}),
    Body[models.ReportDecision]({"application/json": JsonMedia(TypeAdapter(models.ReportDecision))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractReportsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractReportsHandlers, handlers)

    async def list_own_reports(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_OWN_REPORTS)
        given = await _LIST_OWN_REPORTS.read(request)
        return await handlers.list_own_reports(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_report(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_REPORT)
        given = await _CREATE_REPORT.read(request)
        claimed = await guard.once(request, policies.CREATE_REPORT, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_report(claimed, body=given.body)

    async def get_own_report(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_OWN_REPORT)
        given = await _GET_OWN_REPORT.read(request)
        return await handlers.get_own_report(caller, report_id=given.parameters.report_id)

    async def list_reports(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_REPORTS)
        given = await _LIST_REPORTS.read(request)
        return await handlers.list_reports(
            caller,
            state=given.parameters.state,
            reason=given.parameters.reason,
            subject_kind=given.parameters.subject_kind,
            subject_id=given.parameters.subject_id,
            sort=given.parameters.sort,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def get_report(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_REPORT)
        given = await _GET_REPORT.read(request)
        return await handlers.get_report(caller, report_id=given.parameters.report_id)

    async def get_reported_message(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_REPORTED_MESSAGE)
        given = await _GET_REPORTED_MESSAGE.read(request)
        return await handlers.get_reported_message(caller, report_id=given.parameters.report_id)

    async def get_reported_attachment(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_REPORTED_ATTACHMENT)
        given = await _GET_REPORTED_ATTACHMENT.read(request)
        return await handlers.get_reported_attachment(
            caller, report_id=given.parameters.report_id, attachment_id=given.parameters.attachment_id
        )

    async def triage_report(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.TRIAGE_REPORT)
        given = await _TRIAGE_REPORT.read(request)
        return await handlers.triage_report(caller, report_id=given.parameters.report_id)

    async def decide_report(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DECIDE_REPORT)
        given = await _DECIDE_REPORT.read(request)
        return await handlers.decide_report(caller, report_id=given.parameters.report_id, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_OWN_REPORTS, list_own_reports),
            OperationRoute(policies.CREATE_REPORT, create_report),
            OperationRoute(policies.GET_OWN_REPORT, get_own_report),
            OperationRoute(policies.LIST_REPORTS, list_reports),
            OperationRoute(policies.GET_REPORT, get_report),
            OperationRoute(policies.GET_REPORTED_MESSAGE, get_reported_message),
            OperationRoute(policies.GET_REPORTED_ATTACHMENT, get_reported_attachment),
            OperationRoute(policies.TRIAGE_REPORT, triage_report),
            OperationRoute(policies.DECIDE_REPORT, decide_report),
        ]
    )
    return router
