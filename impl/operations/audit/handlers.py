"""Handlers of the audit trail."""

from datetime import datetime
from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.audit import AbstractAuditHandlers, GetAuditEventOk, ListAuditEventsOk, ListOwnActivityOk
from impl.identity.own_sessions.service import device_of
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, capped
from impl.operations.audit.repository import EventRow, Filters
from impl.operations.audit.service import AuditService
from impl.operations.capabilities.audit_chain.wire import integrity_to_wire


class AuditHandlers(AbstractAuditHandlers[Caller, AnonymousClient]):
    def __init__(self, service: AuditService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_own_activity(
        self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListOwnActivityOk:
        scope = f"listOwnActivity {caller.user_id}"
        page = await self._service.own_page(caller, after=self._cursors.decode_moment(cursor, scope=scope), limit=limit)
        total = await self._service.own_count(caller) if include_total else None
        return ListOwnActivityOk(
            {
                "items": [_activity(row, caller) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(
                    page, lambda row: (row["occurred_at"], row["id"]), scope=scope
                ),
                **capped(total),
            }
        )

    @override
    async def list_audit_events(
        self,
        caller: Caller,
        *,
        event: str | None,
        actor_id: UUID | None,
        subject_type: str | None,
        subject_id: UUID | None,
        request_id: str | None,
        occurred_from: datetime | None,
        occurred_before: datetime | None,
        sort: models.AuditSort,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListAuditEventsOk:
        filters = Filters(event, actor_id, subject_type, subject_id, request_id, occurred_from, occurred_before)
        scope = f"listAuditEvents {caller.user_id} {sort.value} {filters.cursor_scope()}"
        page, total = await self._service.page(
            caller,
            filters,
            descending=sort is models.AuditSort.OCCURRED_AT_DESC,
            after=self._cursors.decode_moment(cursor, scope=scope),
            limit=limit,
            counted=include_total,
        )
        return ListAuditEventsOk(
            {
                "items": [_event(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(
                    page, lambda row: (row["occurred_at"], row["id"]), scope=scope
                ),
                **capped(total),
                "integrity": integrity_to_wire(await self._service.integrity()),
            }
        )

    @override
    async def get_audit_event(self, caller: Caller, *, event_id: UUID) -> GetAuditEventOk:
        return GetAuditEventOk(_event(await self._service.get(caller, event_id)))


def _event(row: EventRow) -> replies.AuditEvent:
    subject_type, subject_id = row["subject_type"], row["subject_id"]
    return {
        "id": row["id"],
        "occurred_at": row["occurred_at"],
        "event": row["event"],
        "actor_id": row["actor_id"],
        "subject": None if subject_type is None or subject_id is None else {"type": subject_type, "id": subject_id},
        "request_id": row["request_id"] or None,
        "details": audit.details(row["data"]),
        "personal": _personal(row),
        "position": row["position"],
    }


def _personal(row: EventRow) -> replies.AuditPersonal | None:
    if row["personal_id"] is None:
        return None
    return {
        "address": row["address"],
        "user_agent": row["user_agent"],
        "details": audit.details(row["personal_data"]),
    }


def _activity(row: EventRow, caller: Caller) -> replies.Activity:
    if row["actor_id"] == caller.user_id:
        by = models.ActivityBy.SELF
    elif row["actor_id"] is None:
        by = models.ActivityBy.NOBODY
    else:
        by = models.ActivityBy.SOMEBODY_ELSE
    # Customers are not told from where staff work.
    shown = by is not models.ActivityBy.SOMEBODY_ELSE
    return {
        "id": row["id"],
        "occurred_at": row["occurred_at"],
        "event": row["event"],
        "by": by,
        "job_id": _job_of(row),
        "device": device_of(row["user_agent"]) if shown and row["personal_id"] is not None else None,
        "address": row["address"] if shown else None,
    }


def _job_of(row: EventRow) -> UUID | None:
    """Return the job for which an address was read, which both its parties know."""
    job_id = row["data"].get("job") if row["event"] == "job.address_read" else None
    return None if job_id is None else UUID(str(job_id))
