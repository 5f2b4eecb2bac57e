"""Handlers of reports."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.reports import (
    AbstractReportsHandlers,
    CreateReportCreated,
    CreateReportOk,
    DecideReportOk,
    GetOwnReportOk,
    GetReportedAttachmentOk,
    GetReportedMessageOk,
    GetReportOk,
    ListOwnReportsOk,
    ListReportsOk,
    TriageReportOk,
)
from generated.states import ReportState
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.message_attachments.wire import attachment_to_wire, disposition
from impl.marketplace.reports.repository import Filters, ReportRow, StaffRow
from impl.marketplace.reports.service import ReportsService
from impl.marketplace.reports.tables import ReportAction, ReportContent, ReportReason, ReportSubjectKind


def _to_wire(row: ReportRow) -> replies.Report:
    return {
        "id": row["id"],
        "subject": {
            "kind": models.ReportSubjectKind(row["subject_kind"]),
            "id": row["subject_id"],
            "title": row["subject_title"],
        },
        "reason": models.ReportReason(row["reason"]),
        "text": row["text"],
        "state": ReportState(row["state"]),
        "action": None if row["action"] is None else models.ReportAction(row["action"]),
        "statement": row["statement"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "decided_at": row["decided_at"],
    }


def _to_staff(row: StaffRow) -> replies.Reported:
    return {
        **_to_wire(row),
        "reporter_id": row["reporter_id"],
        "owner_id": row["owner_id"],
        "handled_by": row["handled_by"],
        "other_reports": row["other_reports"],
    }


def _serialize_taken(row: ReportRow, is_new: bool) -> CreateReportCreated | CreateReportOk:
    etag = etags.etag(row["version"])
    if not is_new:
        return CreateReportOk(_to_wire(row), etag=etag)
    location = policies.GET_OWN_REPORT.path.format(report_id=row["id"])
    return CreateReportCreated(_to_wire(row), location=location, etag=etag)


def _moment(row: ReportRow) -> Moment:
    return row["created_at"], row["id"]


def _edition(row: StaffRow) -> str:
    """Return the entity tag for staff, which the number of other reports changes as well."""
    return etags.etag(row["version"] << 10 | row["other_reports"])


class ReportsHandlers(AbstractReportsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ReportsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_own_reports(
        self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnReportsOk:
        scope = f"listOwnReports {caller.user_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.own_page(caller, after=after, limit=limit)
        total = await self._service.own_count(caller) if include_total else None
        return ListOwnReportsOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def create_report(self, caller: Caller, *, body: models.ReportCreate) -> CreateReportCreated | CreateReportOk:
        content: ReportContent = {
            "subject_kind": ReportSubjectKind(body.subject_kind),
            "subject_id": body.subject_id,
            "reason": ReportReason(body.reason),
            "text": body.text,
        }
        return await self._service.create(caller, content, _serialize_taken)

    @override
    async def get_own_report(self, caller: Caller, *, report_id: UUID) -> GetOwnReportOk:
        row = await self._service.get_own(caller, report_id)
        return GetOwnReportOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def list_reports(
        self,
        caller: Caller,
        *,
        state: ReportState | None,
        reason: models.ReportReason | None,
        subject_kind: models.ReportSubjectKind | None,
        subject_id: UUID | None,
        sort: models.ReportSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListReportsOk:
        filters = Filters(
            state=state,
            reason=None if reason is None else ReportReason(reason),
            subject_kind=None if subject_kind is None else ReportSubjectKind(subject_kind),
            subject_id=subject_id,
        )
        scope = f"listReports {caller.user_id} {sort.value} {filters.cursor_scope()}"
        page = await self._service.page(
            caller,
            filters,
            descending=sort is models.ReportSort.CREATED_AT_DESC,
            after=self._cursors.decode_moment(cursor, scope=scope),
            limit=limit,
        )
        total = await self._service.count(caller, filters) if include_total else None
        return ListReportsOk(
            {
                "items": [_to_staff(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_report(self, caller: Caller, *, report_id: UUID) -> GetReportOk:
        row = await self._service.get(caller, report_id)
        return GetReportOk(_to_staff(row), etag=_edition(row))

    @override
    async def get_reported_message(self, caller: Caller, *, report_id: UUID) -> GetReportedMessageOk:
        message = await self._service.read_message(caller, report_id)
        row = message.row
        hidden = None if row["hidden_at"] is None else models.MessageRemoval.HIDDEN
        return GetReportedMessageOk(
            {
                "id": row["id"],
                "sender": models.ThreadSide(row["sender"]),
                # What was hidden is read by those who have to say why.
                "text": row["text"],
                "masked": [models.ContactKind(kind) for kind in row["masked"]],
                "removed": models.MessageRemoval.ERASED if row["text"] is None else hidden,
                "attachments": [attachment_to_wire(*attachment) for attachment in message.attachments],
                "sent_at": row["created_at"],
            }
        )

    @override
    async def get_reported_attachment(
        self, caller: Caller, *, report_id: UUID, attachment_id: UUID
    ) -> GetReportedAttachmentOk:
        document = await self._service.read_attachment(caller, report_id, attachment_id)
        return GetReportedAttachmentOk(
            document.chunks,
            size=document.size,
            media_type="application/pdf",
            content_disposition=disposition(document.row),
        )

    @override
    async def triage_report(self, caller: Caller, *, report_id: UUID) -> TriageReportOk:
        row = await self._service.triage(caller, report_id)
        return TriageReportOk(_to_staff(row), etag=_edition(row))

    @override
    async def decide_report(self, caller: Caller, *, report_id: UUID, body: models.ReportDecision) -> DecideReportOk:
        action = ReportAction(body.action) if isinstance(body, models.ReportUpheld) else None
        row = await self._service.decide(caller, report_id, action, body.statement)
        return DecideReportOk(_to_staff(row), etag=_edition(row))
