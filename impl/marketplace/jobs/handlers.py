"""Jobs on the wire: each party sees its own side of them."""

from datetime import datetime
from typing import Final, override
from uuid import UUID

from generated import models, replies
from generated.routers.jobs import (
    AbstractJobsHandlers,
    CancelJobOk,
    CompleteJobOk,
    DeliverJobOk,
    GetJobAddressOk,
    GetJobOk,
    ListJobsOk,
    RequestJobChangesOk,
    StartJobOk,
)
from generated.states import JobState
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.businesses.service import business_of
from impl.marketplace.capabilities.jobs.service import address_ends_at, completes_at, edition, side_of
from impl.marketplace.capabilities.jobs.tables import JobCancelReason, JobSide
from impl.marketplace.jobs.service import AddressRow, JobFilters, JobRow, JobsService

CURRENCIES: Final = {code.value: code for code in models.CurrencyCode}
COUNTRIES: Final = {code.value: code for code in models.CountryCode}


def changes_to_wire(row: JobRow) -> replies.JobChanges | None:
    text, at = row["change_request"], row["changes_requested_at"]
    return None if text is None or at is None else {"text": text, "requested_at": at}


def dispute_to_wire(row: JobRow) -> replies.JobDispute | None:
    by, text, at = row["disputed_by"], row["dispute_text"], row["disputed_at"]
    if by is None or text is None or at is None:
        return None
    statement, decided_at = row["statement"], row["decided_at"]
    return {
        "by": models.JobSide(by),
        "text": text,
        "opened_at": at,
        "decision": None
        if statement is None or decided_at is None
        else {"outcome": models.JobOutcome(row["state"]), "statement": statement, "decided_at": decided_at},
    }


def _proposal_to_wire(row: JobRow) -> replies.JobProposal | None:
    by, starts, ends, at = (
        row["proposed_by"],
        row["proposed_starts_at"],
        row["proposed_ends_at"],
        row["proposed_at"],
    )
    if by is None or starts is None or ends is None or at is None:
        return None
    return {"by": models.JobSide(by), "starts_at": starts, "ends_at": ends, "proposed_at": at}


def _cancellation_to_wire(row: JobRow) -> replies.JobCancellation | None:
    by, reason, at = row["cancelled_by"], row["cancel_reason"], row["ended_at"]
    if by is None or reason is None or at is None:
        return None
    return {
        "by": models.JobActor(by),
        "cancel_reason": models.JobCancelledReason(reason),
        "note": row["cancel_note"],
        "minutes_before_start": row["minutes_before_start"],
        "cancelled_at": at,
    }


def job_to_wire(row: JobRow, person: UUID) -> replies.Job:
    side = side_of(row, person)
    property_id, label = row["property_id"], row["property_label"]
    completed_by = row["completed_by"]
    return {
        "id": row["id"],
        "side": models.JobSide(side),
        "state": row["state"],
        "inquiry_id": row["inquiry_id"],
        "quote_id": row["quote_id"],
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "title": row["title"],
        "price": {"amount_minor": row["price_minor"], "currency": CURRENCIES[row["price_currency"]]},
        "provider": business_of(row),
        # The provider reads where it is by `getJobAddress`, which leaves a trace.
        "property": None
        if side is not JobSide.HOMEOWNER or property_id is None or label is None
        else {"id": property_id, "label": label},
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "proposal": _proposal_to_wire(row),
        "started_at": row["started_at"],
        "delivered_at": row["delivered_at"],
        "completes_at": completes_at(row),
        "changes": changes_to_wire(row),
        "completed_by": None if completed_by is None else models.JobActor(completed_by),
        "cancellation": _cancellation_to_wire(row),
        "dispute": dispute_to_wire(row),
        "ended_at": row["ended_at"],
        "address_ends_at": address_ends_at(row),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def job_etag(row: JobRow, person: UUID) -> str:
    return f'"{edition(row, side_of(row, person))}"'


def _address_to_wire(row: AddressRow, ends: datetime | None) -> replies.JobAddress:
    latitude, longitude = row["latitude"], row["longitude"]
    return {
        "address": {
            "line1": row["line1"],
            "line2": row["line2"],
            "city": row["city"],
            "region": row["region"],
            "postal_code": row["postal_code"],
            "country": COUNTRIES[row["country"]],
        },
        "coordinates": None
        if latitude is None or longitude is None
        else {"latitude": latitude, "longitude": longitude},
        "coordinates_approximate": row["coordinates_approximate"],
        "full_name": row["full_name"],
        "phone": row["phone"],
        "ends_at": ends,
    }


def _moment(row: JobRow) -> Moment:
    return row["created_at"], row["id"]


class JobsHandlers(AbstractJobsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: JobsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_jobs(
        self,
        caller: Caller,
        *,
        side: models.JobSide,
        state: JobState | None,
        inquiry_id: UUID | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListJobsOk:
        filters: JobFilters = {"side": JobSide(side), "state": state, "inquiry_id": inquiry_id}
        scope = f"listJobs {caller.user_id} {filters['side']} {state} {inquiry_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller, filters, after=after, limit=limit)
        total = await self._service.count(caller, filters) if include_total else None
        return ListJobsOk(
            {
                "items": [job_to_wire(row, caller.user_id) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_job(self, caller: Caller, *, job_id: UUID) -> GetJobOk:
        row = await self._service.get(caller, job_id)
        return GetJobOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))

    @override
    async def get_job_address(self, caller: Caller, *, job_id: UUID) -> GetJobAddressOk:
        row, ends = await self._service.address(caller, job_id)
        return GetJobAddressOk(_address_to_wire(row, ends))

    @override
    async def start_job(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> StartJobOk:
        row = await self._service.start(caller, job_id, if_match=if_match)
        return StartJobOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))

    @override
    async def deliver_job(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> DeliverJobOk:
        row = await self._service.deliver(caller, job_id, if_match=if_match)
        return DeliverJobOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))

    @override
    async def complete_job(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> CompleteJobOk:
        row = await self._service.complete(caller, job_id, if_match=if_match)
        return CompleteJobOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))

    @override
    async def request_job_changes(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobChangeRequest
    ) -> RequestJobChangesOk:
        row = await self._service.request_changes(caller, job_id, body.text, if_match=if_match)
        return RequestJobChangesOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))

    @override
    async def cancel_job(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobCancel
    ) -> CancelJobOk:
        reason = JobCancelReason(body.cancel_reason)
        row = await self._service.cancel(caller, job_id, reason, body.note, if_match=if_match)
        return CancelJobOk(job_to_wire(row, caller.user_id), etag=job_etag(row, caller.user_id))
