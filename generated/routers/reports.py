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
    """The waiting report of the same content."""

    __slots__ = ()

    def __init__(self, body: replies.Report, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _REPORT.dump_json(body))


class CreateReportCreated(Reply):
    """The report was created."""

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

        The caller's reports, the newest first, with their state and, once decided, the reasons.
        """

    @abstractmethod
    async def create_report(
        self, caller: CallerT, *, body: models.ReportCreate
    ) -> CreateReportOk | CreateReportCreated:
        """Report a listing, a business, a photo, a message or a review.

        Staff decide on it, and both sides get the reasons by mail. Reporting the same thing again before that changes nothing, and returns the
        waiting report (200) with the reason and text of the first time.

        - 404: nothing published has this id, or the caller cannot see the message or review.
        - 409 `own-listing`: it is the caller's own.
        - 409 `limit-reached`: 50 reports of the caller's wait for staff.
        """

    @abstractmethod
    async def get_own_report(self, caller: CallerT, *, report_id: UUID) -> GetOwnReportOk | GetOwnReportNotModified:
        """Get one of my reports.

        Returns the same fields as the list. 404: it belongs to somebody else.
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

        All reports, the oldest first by default. Filters are combined with AND. Reports about the caller are not listed: the person who is reported does not
        learn who reported them. Each reading is recorded.
        """

    @abstractmethod
    async def get_report(self, caller: CallerT, *, report_id: UUID) -> GetReportOk | GetReportNotModified:
        """Get a report, as staff see it.

        Includes who reported it, and the number of other reports of the same thing. 403 `own-case`: the report is about the caller. Each reading is recorded.
        """

    @abstractmethod
    async def get_reported_message(self, caller: CallerT, *, report_id: UUID) -> GetReportedMessageOk:
        """Get the message of a report.

        The stored text, hidden or not, without the rest of the thread. Each reading is recorded in the audit trail. 404: the report is about something else. 403
        `own-case`: the caller has written it.
        """

    @abstractmethod
    async def get_reported_attachment(
        self, caller: CallerT, *, report_id: UUID, attachment_id: UUID
    ) -> GetReportedAttachmentOk:
        """Download a document of the message of a report.

        The unchanged file, hidden or not: open it in a safe environment. Each download is recorded in the audit trail. 404: it is not of that message, or it is a photo. 403
        `own-case`: the caller has sent it.
        """

    @abstractmethod
    async def triage_report(self, caller: CallerT, *, report_id: UUID) -> TriageReportOk:
        """Take charge of a report.

        `OPEN -> TRIAGED`: assigns the report to the caller, which others see. Any other state is 409 `invalid-transition`. 403 `own-case`: the caller has
        reported it, or it is about their own content, or a review of their business or its photos.
        """

    @abstractmethod
    async def decide_report(self, caller: CallerT, *, report_id: UUID, body: models.ReportDecision) -> DecideReportOk:
        """Act on a report or dismiss it.

        `TRIAGED -> ACTIONED | DISMISSED`; any other state is 409 `invalid-transition`. Both the reporter and the owner of the reported content get the statement
        of reasons by mail; the owner does not learn who reported it. 403 `own-case`: the caller has reported it, or it is about their own content, or a review
        of their business or its photos.

        `action: TAKE_DOWN` is executed together with the decision:

        - A **service** leaves the catalogue and becomes `REJECTED`, with the statement as `review_note`. Its owner edits and submits it, and staff review it,
          whatever `MODERATION` says; or staff reinstate it (`reinstateService`).
        - A **business** becomes `SUSPENDED`, as by `suspendProvider`.
        - A **photo** becomes `HIDDEN`, visible to staff only, until they reinstate it (`reinstatePhoto`).
        - A **message** is hidden from both sides (`removed: HIDDEN`).

        409 `invalid-transition` with its state: the content was deleted or taken down already. Decide with `action: NONE` then.
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
