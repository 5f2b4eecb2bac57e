"""Handlers of visits, as each side sees them."""

from datetime import datetime
from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.visits import (
    AbstractVisitsHandlers,
    AcceptVisitOk,
    CancelVisitOk,
    DeclineVisitOk,
    GetVisitOk,
    ListVisitsOk,
    RequestVisitCreated,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.businesses.service import business_of
from impl.marketplace.visits.service import (
    ThreadSide,
    VisitRow,
    VisitsService,
    edition,
    possible_steps,
    side_of,
)


def _to_wire(row: VisitRow, person: UUID, now: datetime) -> replies.Visit:
    cancelled_by, end_reason, side = row["cancelled_by"], row["end_reason"], side_of(row, person)
    return {
        "id": row["id"],
        "side": models.ThreadSide(side),
        "state": row["state"],
        "possible": possible_steps(row, side, now),
        "inquiry_id": row["inquiry_id"],
        "recipient_id": row["recipient_id"],
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "provider": business_of(row),
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "cancelled_by": None if cancelled_by is None else models.ThreadSide(cancelled_by),
        "end_reason": None if end_reason is None else models.VisitEndReason(end_reason),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _shown(row: VisitRow, person: UUID, now: datetime) -> tuple[replies.Visit, str]:
    """Return a visit as a side sees it at this time, and the ETag of that."""
    return _to_wire(row, person, now), f'"{edition(row, side_of(row, person), now)}"'


def _moment(row: VisitRow) -> Moment:
    return row["created_at"], row["id"]


class VisitsHandlers(AbstractVisitsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: VisitsService, cursors: Cursors, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._cursors = cursors

    @override
    async def request_visit(
        self, caller: Caller, *, inquiry_id: UUID, recipient_id: UUID, body: models.VisitRequest
    ) -> RequestVisitCreated:
        def created(row: VisitRow) -> RequestVisitCreated:
            location = policies.GET_VISIT.path.format(visit_id=row["id"])
            shown, etag = _shown(row, caller.user_id, self._clock.now())
            return RequestVisitCreated(shown, location=location, etag=etag)

        return await self._service.request(caller, inquiry_id, recipient_id, body.starts_at, created)

    @override
    async def list_visits(
        self,
        caller: Caller,
        *,
        side: models.ThreadSide,
        inquiry_id: UUID | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListVisitsOk:
        party = ThreadSide(side)
        scope = f"listVisits {caller.user_id} {party} {inquiry_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        now = self._clock.now()
        page = await self._service.page(caller, party, inquiry_id, after=after, limit=limit)
        total = await self._service.count(caller, party, inquiry_id) if include_total else None
        return ListVisitsOk(
            {
                "items": [_to_wire(row, caller.user_id, now) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_visit(self, caller: Caller, *, visit_id: UUID) -> GetVisitOk:
        row = await self._service.get(caller, visit_id)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return GetVisitOk(shown, etag=etag)

    @override
    async def accept_visit(self, caller: Caller, *, visit_id: UUID, if_match: str | None) -> AcceptVisitOk:
        row = await self._service.accept(caller, visit_id, if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return AcceptVisitOk(shown, etag=etag)

    @override
    async def decline_visit(self, caller: Caller, *, visit_id: UUID, if_match: str | None) -> DeclineVisitOk:
        row = await self._service.decline(caller, visit_id, if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return DeclineVisitOk(shown, etag=etag)

    @override
    async def cancel_visit(self, caller: Caller, *, visit_id: UUID, if_match: str | None) -> CancelVisitOk:
        row = await self._service.cancel(caller, visit_id, if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return CancelVisitOk(shown, etag=etag)
