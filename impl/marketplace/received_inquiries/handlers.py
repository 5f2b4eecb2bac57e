"""Handlers of received inquiries; replies have nothing by which the homeowner could be found."""

from datetime import datetime
from typing import cast, override
from uuid import UUID

from generated import models, replies
from generated.routers.received_inquiries import (
    AbstractReceivedInquiriesHandlers,
    DeclineInquiryOk,
    GetReceivedInquiryOk,
    ListReceivedInquiriesOk,
)
from generated.states import InquiryState, RecipientState
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.geography.service import kilometres
from impl.marketplace.capabilities.geography.wire import coordinates_to_wire
from impl.marketplace.capabilities.inquiries.tables import RecipientDeclineReason
from impl.marketplace.capabilities.inquiries.wire import timing_to_wire
from impl.marketplace.capabilities.totals.wire import optional_money_to_wire
from impl.marketplace.received_inquiries.service import (
    ReceivedInquiriesService,
    ReceivedRow,
    SummaryRow,
    edition,
    possible_steps,
)


def _property_to_wire(row: SummaryRow) -> replies.ReceivedProperty | None:
    kind = row["property_type"]
    if kind is None:
        return None
    nearness = row["nearness"]
    return {
        "type": models.PropertyType(kind),
        "area": coordinates_to_wire(row["area_latitude"], row["area_longitude"]),
        "area_approximate": bool(row["coordinates_approximate"]),
        "distance_km": None if nearness is None else kilometres(nearness),
    }


def _moment(row: SummaryRow) -> Moment:
    return row["sent_at"], row["recipient_id"]


def _summary_to_wire(row: SummaryRow, now: datetime) -> replies.ReceivedInquirySummary:
    service_id, title = row["service_id"], row["service_title"]
    declined, lost = row["decline_reason"], row["lost_reason"]
    state, inquiry_state = RecipientState(row["state"]), InquiryState(row["inquiry_state"])
    return {
        "id": row["id"],
        "state": state,
        "inquiry_state": inquiry_state,
        "possible": possible_steps(row, now),
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "service": None if service_id is None or title is None else {"id": service_id, "title": title},
        "title": row["title"],
        "timing": timing_to_wire(row),
        "budget": optional_money_to_wire(row["budget_minor"], row["budget_currency"]),
        "property": _property_to_wire(row),
        # No number is verified so far: nothing sends codes to telephones.
        "homeowner": {"email_verified": row["email_verified"], "phone_verified": False},
        "others_asked": row["asked"] - 1,
        "created_at": row["inquired_at"],
        "sent_at": row["sent_at"],
        "viewed_at": row["viewed_at"],
        "answered_at": row["answered_at"],
        "decline_reason": None if declined is None else models.RecipientDeclineReason(declined),
        "lost_reason": None if lost is None else models.RecipientLostReason(lost),
        "expires_at": row["expires_at"],
        "unread_messages": row["unread"],
    }


def _to_wire(row: ReceivedRow, now: datetime) -> replies.ReceivedInquiry:
    return {
        **_summary_to_wire(row, now),
        "details": row["details"],
        "questions_version": row["questions_version"],
        # As the contract's model has read and written them.
        "answers": cast("list[replies.InquiryAnswer]", row["answers"]),
        "note": row["note"],
    }


def _shown(row: ReceivedRow, now: datetime) -> tuple[replies.ReceivedInquiry, str]:
    """Return an inquiry as a recipient sees it at this time, and the ETag of that."""
    return _to_wire(row, now), f'"{edition(row, now)}"'


class ReceivedInquiriesHandlers(AbstractReceivedInquiriesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ReceivedInquiriesService, cursors: Cursors, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._cursors = cursors

    @override
    async def list_received_inquiries(
        self,
        caller: Caller,
        *,
        state: RecipientState | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListReceivedInquiriesOk:
        scope = f"listReceivedInquiries {caller.user_id} {state}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        now = self._clock.now()
        page = await self._service.page(caller, state, after=after, limit=limit)
        total = await self._service.count(caller, state) if include_total else None
        return ListReceivedInquiriesOk(
            {
                "items": [_summary_to_wire(row, now) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_received_inquiry(self, caller: Caller, *, inquiry_id: UUID) -> GetReceivedInquiryOk:
        row = await self._service.read(caller, inquiry_id)
        shown, etag = _shown(row, self._clock.now())
        return GetReceivedInquiryOk(shown, etag=etag)

    @override
    async def decline_inquiry(
        self, caller: Caller, *, inquiry_id: UUID, if_match: str | None, body: models.InquiryDecline
    ) -> DeclineInquiryOk:
        reason = RecipientDeclineReason(body.decline_reason)
        row = await self._service.decline(caller, inquiry_id, reason, body.note, if_match=if_match)
        shown, etag = _shown(row, self._clock.now())
        return DeclineInquiryOk(shown, etag=etag)
