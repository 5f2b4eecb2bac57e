"""Handlers of jobs, of which each party sees its own side."""

from datetime import datetime
from typing import override
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
from impl.kernel.clock import Clock
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.geography.wire import coordinates_to_wire
from impl.marketplace.capabilities.jobs.tables import JobCancelReason, JobSide
from impl.marketplace.jobs.service import AddressRow, JobFilters, JobRow, JobsService
from impl.marketplace.jobs.wire import job_to_wire, shown_job
from impl.marketplace.properties.wire import address_to_wire


def _address_to_wire(row: AddressRow, ends: datetime | None) -> replies.JobAddress:
    return {
        "address": address_to_wire(row),
        "coordinates": coordinates_to_wire(row["latitude"], row["longitude"]),
        "coordinates_approximate": row["coordinates_approximate"],
        "full_name": row["full_name"],
        "phone": row["phone"],
        "ends_at": ends,
    }


def _moment(row: JobRow) -> Moment:
    return row["created_at"], row["id"]


class JobsHandlers(AbstractJobsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: JobsService, cursors: Cursors, clock: Clock) -> None:
        self._service = service
        self._clock = clock
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
        now = self._clock.now()
        return ListJobsOk(
            {
                "items": [job_to_wire(row, caller.user_id, now) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def get_job(self, caller: Caller, *, job_id: UUID) -> GetJobOk:
        row = await self._service.get(caller, job_id)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return GetJobOk(shown, etag=etag)

    @override
    async def get_job_address(self, caller: Caller, *, job_id: UUID) -> GetJobAddressOk:
        row, ends = await self._service.address(caller, job_id)
        return GetJobAddressOk(_address_to_wire(row, ends))

    @override
    async def start_job(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> StartJobOk:
        row = await self._service.start(caller, job_id, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return StartJobOk(shown, etag=etag)

    @override
    async def deliver_job(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> DeliverJobOk:
        row = await self._service.deliver(caller, job_id, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return DeliverJobOk(shown, etag=etag)

    @override
    async def complete_job(self, caller: Caller, *, job_id: UUID, if_match: str | None) -> CompleteJobOk:
        row = await self._service.complete(caller, job_id, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return CompleteJobOk(shown, etag=etag)

    @override
    async def request_job_changes(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobChangeRequest
    ) -> RequestJobChangesOk:
        row = await self._service.request_changes(caller, job_id, body.text, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return RequestJobChangesOk(shown, etag=etag)

    @override
    async def cancel_job(
        self, caller: Caller, *, job_id: UUID, if_match: str | None, body: models.JobCancel
    ) -> CancelJobOk:
        reason = JobCancelReason(body.cancel_reason)
        row = await self._service.cancel(caller, job_id, reason, body.note, if_match=if_match)
        shown, etag = shown_job(row, caller.user_id, self._clock.now())
        return CancelJobOk(shown, etag=etag)
