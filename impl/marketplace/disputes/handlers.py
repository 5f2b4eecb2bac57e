"""Handlers of disputes, for the parties and for staff."""

from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.disputes import (
    AbstractDisputesHandlers,
    DecideDisputeOk,
    DisputeJobOk,
    GetDisputeOk,
    ListDisputesOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.businesses.service import business_of
from impl.marketplace.capabilities.jobs.tables import JobOutcome
from impl.marketplace.capabilities.totals.wire import money_to_wire
from impl.marketplace.disputes.service import DisputesService, JobRow
from impl.marketplace.jobs.wire import changes_to_wire, dispute_to_wire, shown_job


def _moment(row: JobRow) -> Moment:
    at = row["disputed_at"]
    if at is None:
        raise TypeError("the list is of disputes")
    return at, row["id"]


def _to_wire(row: JobRow) -> replies.DisputedJob:
    dispute = dispute_to_wire(row)
    if dispute is None:
        raise TypeError("the job has no dispute")
    return {
        "id": row["id"],
        "state": row["state"],
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "title": row["title"],
        "price": money_to_wire(row["price_minor"], row["price_currency"]),
        "homeowner_id": row["owner_id"],
        "provider_id": row["provider_id"],
        "provider": business_of(row),
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "started_at": row["started_at"],
        "delivered_at": row["delivered_at"],
        "changes": changes_to_wire(row),
        "dispute": dispute,
        "ended_at": row["ended_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


class DisputesHandlers(AbstractDisputesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: DisputesService, cursors: Cursors, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._cursors = cursors

    @override
    async def dispute_job(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobDisputeOpen
    ) -> DisputeJobOk:
        row = await self._service.open(caller, job_id, body.text, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return DisputeJobOk(shown, etag=etag)

    @override
    async def list_disputes(
        self, caller: Caller, *, decided: bool, limit: int, cursor: str | None, include_total: bool
    ) -> ListDisputesOk:
        scope = f"listDisputes {decided}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller, decided=decided, after=after, limit=limit)
        total = await self._service.count(decided=decided) if include_total else None
        return ListDisputesOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_dispute(self, caller: Caller, *, job_id: UUID) -> GetDisputeOk:
        return GetDisputeOk(_to_wire(await self._service.get(caller, job_id)))

    @override
    async def decide_dispute(self, caller: Caller, *, job_id: UUID, body: models.JobDecide) -> DecideDisputeOk:
        row = await self._service.decide(caller, job_id, JobOutcome(body.outcome), body.statement)
        return DecideDisputeOk(_to_wire(row))
