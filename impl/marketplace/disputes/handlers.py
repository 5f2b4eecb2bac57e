"""Disputes on the wire, for the parties and for staff."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override
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
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.businesses.service import business_of
from impl.marketplace.capabilities.jobs.service import edition, side_of
from impl.marketplace.capabilities.jobs.tables import JobOutcome
from impl.marketplace.disputes.service import DisputesService, JobRow

CURRENCIES: Final = {code.value: code for code in models.CurrencyCode}


@dataclass(frozen=True, slots=True)
class JobShapes:
    """Shapes of a job and of its parts, as its parties see them."""

    job: Callable[[JobRow, UUID], replies.Job]
    changes: Callable[[JobRow], replies.JobChanges | None]
    dispute: Callable[[JobRow], replies.JobDispute | None]


def _moment(row: JobRow) -> Moment:
    at = row["disputed_at"]
    if at is None:
        raise TypeError("the list is of disputes")
    return at, row["id"]


class DisputesHandlers(AbstractDisputesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: DisputesService, cursors: Cursors, shapes: JobShapes) -> None:
        self._service = service
        self._cursors = cursors
        self._shapes = shapes

    def _to_wire(self, row: JobRow) -> replies.DisputedJob:
        dispute = self._shapes.dispute(row)
        if dispute is None:
            raise TypeError("the job has no dispute")
        return {
            "id": row["id"],
            "state": row["state"],
            "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
            "title": row["title"],
            "price": {"amount_minor": row["price_minor"], "currency": CURRENCIES[row["price_currency"]]},
            "homeowner_id": row["owner_id"],
            "provider_id": row["provider_id"],
            "provider": business_of(row),
            "starts_at": row["starts_at"],
            "ends_at": row["ends_at"],
            "started_at": row["started_at"],
            "delivered_at": row["delivered_at"],
            "changes": self._shapes.changes(row),
            "dispute": dispute,
            "ended_at": row["ended_at"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }

    @override
    async def dispute_job(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobDisputeOpen
    ) -> DisputeJobOk:
        row = await self._service.open(caller, job_id, body.text, if_match=if_match)
        etag = f'"{edition(row, side_of(row, caller.user_id))}"'
        return DisputeJobOk(self._shapes.job(row, caller.user_id), etag=etag)

    @override
    async def list_disputes(
        self, caller: Caller, *, decided: bool, limit: int, cursor: str | None, include_total: bool
    ) -> ListDisputesOk:
        scope = f"listDisputes {decided}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(decided=decided, after=after, limit=limit)
        total = await self._service.count(decided=decided) if include_total else None
        return ListDisputesOk(
            {
                "items": [self._to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_dispute(self, caller: Caller, *, job_id: UUID) -> GetDisputeOk:
        return GetDisputeOk(self._to_wire(await self._service.get(job_id)))

    @override
    async def decide_dispute(self, caller: Caller, *, job_id: UUID, body: models.JobDecide) -> DecideDisputeOk:
        row = await self._service.decide(caller, job_id, JobOutcome(body.outcome), body.statement)
        return DecideDisputeOk(self._to_wire(row))
