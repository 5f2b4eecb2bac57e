"""Service of the times of jobs: either party sets one, and within 24 hours of a begin both have to agree."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from generated.states import JobState
from impl.kernel import etags
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import Forbidden, InvalidInput
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.jobs.service import JobRecords, Letter, edition, has_passed, other
from impl.marketplace.capabilities.jobs.tables import LONGEST, NO_PROPOSAL, Booking, JobChanges, JobSide
from impl.marketplace.jobs.service import JobRow, JobsService
from openapi.runtime.wire import FieldError

__all__ = ["Booking", "JobRow", "JobSchedulesService"]

NEEDS_BOTH: Final = timedelta(hours=24)


class JobSchedulesService:
    def __init__(self, database: Database, jobs: JobsService, records: JobRecords, clock: Clock) -> None:
        self._database = database
        self._jobs = jobs
        self._records = records
        self._clock = clock

    async def put(self, caller: Caller, job_id: UUID, time: Booking, *, if_match: str | None) -> JobRow:
        """Set the time, or propose it if both have to agree; an equal time is no change."""
        self._check(time)
        async with self._database.begin() as tx:
            row, side = await self._jobs.lock_as(tx, caller, job_id, if_match)
            if row["state"] is JobState.SCHEDULED and _is_there(row, side, time):
                return row
            soon = self._clock.now() + NEEDS_BOTH
            starts = row["starts_at"]
            needs_both = time.starts_at < soon or (starts is not None and starts < soon)
            if needs_both:
                proposal: JobChanges = {
                    "proposed_by": side,
                    "proposed_starts_at": time.starts_at,
                    "proposed_ends_at": time.ends_at,
                    "proposed_at": self._clock.now(),
                }
                row = await self._records.move(tx, row, "scheduleJob", proposal)
            else:
                row = await self._records.book(tx, row, "scheduleJob", time, {**NO_PROPOSAL})
            # What is only proposed has not happened.
            also = None if needs_both else DomainEvent.JOB_SCHEDULED
            await self._records.record(tx, "job.schedule_put", caller, job_id, {"proposed": needs_both}, also=also)
            await self._records.announce(tx, Letter.PROPOSED if needs_both else Letter.SCHEDULED, row, other(side))
        return row

    async def accept(self, caller: Caller, job_id: UUID, *, if_match: str | None) -> JobRow:
        """Accept a proposed time, of the version that the caller has read, so that a later proposal is not accepted."""
        async with self._database.begin() as tx:
            row, side = await self._jobs.lock_as(tx, caller, job_id, None)
            etags.check(if_match, edition(row, side, self._clock.now()), required=True)
            starts, ends = row["proposed_starts_at"], row["proposed_ends_at"]
            if row["state"] is JobState.SCHEDULED:
                if row["proposed_by"] is side:
                    raise Forbidden("The other party has to accept what you proposed.")
                if has_passed(row, self._clock.now()):
                    raise self._records.refuse(row, "acceptJobSchedule")
            if starts is None or ends is None:
                row = await self._records.move(tx, row, "acceptJobSchedule", {})
            else:
                row = await self._records.book(tx, row, "acceptJobSchedule", Booking(starts, ends), {**NO_PROPOSAL})
            also = DomainEvent.JOB_SCHEDULED
            await self._records.record(tx, "job.schedule_accepted", caller, job_id, also=also)
            await self._records.announce(tx, Letter.PROPOSAL_ACCEPTED, row, other(side))
        return row

    async def decline(self, caller: Caller, job_id: UUID, *, if_match: str | None) -> JobRow:
        """Drop a proposed time, be it the other party's or one's own."""
        async with self._database.begin() as tx:
            row, side = await self._jobs.lock_as(tx, caller, job_id, if_match)
            proposed_by = row["proposed_by"]
            if row["state"] is JobState.SCHEDULED and proposed_by is None:
                raise self._records.refuse(row, "acceptJobSchedule", "declineJobSchedule")
            row = await self._records.move(tx, row, "declineJobSchedule", {**NO_PROPOSAL})
            await self._records.record(tx, "job.schedule_declined", caller, job_id)
            if proposed_by is not side:
                await self._records.announce(tx, Letter.PROPOSAL_DECLINED, row, other(side))
        return row

    def _check(self, time: Booking) -> None:
        errors: list[FieldError] = []
        if time.starts_at <= self._clock.now():
            errors.append(FieldError("in_the_past", "has passed", pointer="/starts_at"))
        if time.ends_at <= time.starts_at:
            errors.append(FieldError("out_of_range", "is not after the begin", pointer="/ends_at"))
        elif time.ends_at - time.starts_at > LONGEST:
            errors.append(FieldError("out_of_range", "is more than 30 days after the begin", pointer="/ends_at"))
        if errors:
            raise InvalidInput(errors=errors)


def _is_there(row: JobRow, side: JobSide, time: Booking) -> bool:
    """Return whether this time holds and nothing else is proposed, or this side has proposed it already."""
    if row["proposed_by"] is None:
        return (row["starts_at"], row["ends_at"]) == (time.starts_at, time.ends_at)
    is_proposed = (row["proposed_starts_at"], row["proposed_ends_at"]) == (time.starts_at, time.ends_at)
    return is_proposed and row["proposed_by"] is side
