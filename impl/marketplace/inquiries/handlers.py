"""Handlers of homeowners' inquiries."""

from datetime import datetime
from typing import cast, override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.inquiries import (
    AbstractInquiriesHandlers,
    AddInquiryRecipientOk,
    CreateInquiryCreated,
    GetInquiryOk,
    ListInquiriesOk,
    UpdateInquiryOk,
    WithdrawInquiryOk,
)
from generated.states import InquiryState, RecipientState
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.businesses.service import business_of
from impl.marketplace.capabilities.inquiries.tables import (
    InquiryChanges,
    InquiryContent,
    RecipientKind,
    TimingKind,
)
from impl.marketplace.capabilities.inquiries.wire import timing_to_wire
from impl.marketplace.capabilities.totals.wire import optional_money_to_wire
from impl.marketplace.inquiries.service import Choice, InquiriesService, RecipientRow, Shown


def _recipient_to_wire(row: RecipientRow) -> replies.InquiryRecipient:
    service_id, title = row["service_id"], row["service_title"]
    declined, lost = row["decline_reason"], row["lost_reason"]
    return {
        "id": row["id"],
        "provider": business_of(row),
        "service": None if service_id is None or title is None else {"id": service_id, "title": title},
        "state": RecipientState(row["state"]),
        "sent_at": row["created_at"],
        "viewed_at": row["viewed_at"],
        "answered_at": row["answered_at"],
        "decline_reason": None if declined is None else models.RecipientDeclineReason(declined),
        "note": row["note"],
        "lost_reason": None if lost is None else models.RecipientLostReason(lost),
        "unread_messages": row["unread"],
    }


def _to_wire(shown: Shown, now: datetime) -> replies.Inquiry:
    row = shown.row
    property_id, label = row["property_id"], row["property_label"]
    return {
        "id": row["id"],
        "property": None if property_id is None or label is None else {"id": property_id, "label": label},
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "title": row["title"],
        "details": row["details"],
        "questions_version": row["questions_version"],
        # As the contract's model has read and written them.
        "answers": cast("list[replies.InquiryAnswer]", row["answers"]),
        "timing": timing_to_wire(row),
        "budget": optional_money_to_wire(row["budget_minor"], row["budget_currency"]),
        "state": InquiryState(row["state"]),
        "possible": shown.possible_steps(now),
        "recipients": [_recipient_to_wire(one) for one in shown.recipients],
        "expires_at": row["expires_at"],
        "closed_at": row["closed_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _reply(shown: Shown, now: datetime) -> tuple[replies.Inquiry, str]:
    """Return an inquiry as its owner sees it at this time, and the ETag of that."""
    return _to_wire(shown, now), f'"{shown.edition(now)}"'


def _moment(shown: Shown) -> Moment:
    return shown.row["created_at"], shown.row["id"]


def _timing(given: models.InquiryTiming) -> InquiryChanges:
    changes: InquiryChanges = {
        "timing": TimingKind(given.kind),
        "wanted_dates": [],
        "wanted_from": None,
        "wanted_until": None,
    }
    if isinstance(given, models.TimingDates):
        changes["wanted_dates"] = [day.isoformat() for day in given.dates]
    elif isinstance(given, models.TimingWindow):
        changes["wanted_from"], changes["wanted_until"] = given.from_date, given.until_date
    return changes


def _budget(given: models.Money | None) -> InquiryChanges:
    return {
        "budget_minor": None if given is None else given.amount_minor,
        "budget_currency": None if given is None else given.currency.value,
    }


def _content(body: models.InquiryCreate) -> InquiryContent:
    timing, budget = _timing(body.timing), _budget(body.budget)
    return {
        "property_id": body.property_id,
        "category_id": body.category_id,
        "title": body.title,
        "details": body.details,
        "questions_version": body.questions_version,
        "answers": [answer.model_dump(mode="json") for answer in body.answers],
        "timing": timing["timing"],
        "wanted_dates": timing["wanted_dates"],
        "wanted_from": timing["wanted_from"],
        "wanted_until": timing["wanted_until"],
        "budget_minor": budget["budget_minor"],
        "budget_currency": budget["budget_currency"],
    }


def _changes(body: models.InquiryUpdate) -> InquiryChanges:
    """Return the fields that a merge patch names; null is a value, refused by the model where it is not allowed."""
    changes: InquiryChanges = {}
    if body.title is not None:
        changes["title"] = body.title
    if body.details is not None:
        changes["details"] = body.details
    if body.timing is not None:
        changes = {**changes, **_timing(body.timing)}
    if "budget" in body.model_fields_set:
        changes = {**changes, **_budget(body.budget)}
    return changes


def _choice(given: models.InquiryRecipientChoice) -> Choice:
    return Choice(RecipientKind(given.kind), given.id)


class InquiriesHandlers(AbstractInquiriesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: InquiriesService, cursors: Cursors, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._cursors = cursors

    @override
    async def list_inquiries(
        self, caller: Caller, *, state: InquiryState | None, limit: int, cursor: str | None, include_total: bool
    ) -> ListInquiriesOk:
        scope = f"listInquiries {caller.user_id} {state}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        now = self._clock.now()
        page = await self._service.page(caller, state, after=after, limit=limit)
        total = await self._service.count(caller, state) if include_total else None
        return ListInquiriesOk(
            {
                "items": [_to_wire(shown, now) for shown in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def create_inquiry(self, caller: Caller, *, body: models.InquiryCreate) -> CreateInquiryCreated:
        def created(shown: Shown) -> CreateInquiryCreated:
            location = policies.GET_INQUIRY.path.format(inquiry_id=shown.row["id"])
            inquiry, etag = _reply(shown, self._clock.now())
            return CreateInquiryCreated(inquiry, location=location, etag=etag)

        choices = [_choice(one) for one in body.recipients]
        return await self._service.create(caller, _content(body), choices, created)

    @override
    async def get_inquiry(self, caller: Caller, *, inquiry_id: UUID) -> GetInquiryOk:
        shown = await self._service.get(caller, inquiry_id)
        inquiry, etag = _reply(shown, self._clock.now())
        return GetInquiryOk(inquiry, etag=etag)

    @override
    async def update_inquiry(
        self, caller: Caller, *, inquiry_id: UUID, if_match: str | None, body: models.InquiryUpdate
    ) -> UpdateInquiryOk:
        shown = await self._service.change(caller, inquiry_id, _changes(body), if_match=if_match)
        inquiry, etag = _reply(shown, self._clock.now())
        return UpdateInquiryOk(inquiry, etag=etag)

    @override
    async def add_inquiry_recipient(
        self, caller: Caller, *, inquiry_id: UUID, if_match: str | None, body: models.InquiryRecipientChoice
    ) -> AddInquiryRecipientOk:
        shown = await self._service.add(caller, inquiry_id, _choice(body), if_match=if_match)
        inquiry, etag = _reply(shown, self._clock.now())
        return AddInquiryRecipientOk(inquiry, etag=etag)

    @override
    async def withdraw_inquiry(self, caller: Caller, *, inquiry_id: UUID, if_match: str | None) -> WithdrawInquiryOk:
        shown = await self._service.withdraw(caller, inquiry_id, if_match=if_match)
        inquiry, etag = _reply(shown, self._clock.now())
        return WithdrawInquiryOk(inquiry, etag=etag)
