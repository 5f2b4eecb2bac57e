"""Service of jobs: steps of each party, mails to the other one, and access to the address."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Required, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.letters.service import Texts
from impl.kernel import audit, etags, outbox
from impl.kernel.caller import NO_CLIENT, Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import Forbidden, NotFound
from impl.kernel.paging import Moment, Page, fetched
from impl.marketplace.capabilities.calendars.service import Appointment, CalendarsService
from impl.marketplace.capabilities.inquiries.tables import ThreadSide
from impl.marketplace.capabilities.jobs.service import (
    COMPLETED_AFTER,
    KINDS,
    OF_ONE_PARTY,
    TOPIC,
    JobRecords,
    Letter,
    address_ends_at,
    appointment_of,
    completes_at,
    edition,
    other,
    side_of,
)
from impl.marketplace.capabilities.jobs.tables import (
    Booking,
    JobActor,
    JobCancelledReason,
    JobCancelReason,
    JobChanges,
    JobSide,
)
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.visits.service import VisitRecords
from impl.marketplace.jobs.repository import AddressRow, JobFilters, JobRepository, JobRow

__all__ = ["AddressRow", "JobFilters", "JobRow", "JobsService"]

_AT_ONCE: Final = 100
# Mails that bring the appointment along; what is only proposed is none.
_OF_TIME: Final = {Letter.SCHEDULED, Letter.PROPOSAL_ACCEPTED, Letter.CANCELLED}
_TEMPLATES: Final = Path(__file__).with_name("templates")


class _LetterValues(TypedDict, total=False):
    """Values of the template of all letters; None for those that a letter lacks."""

    letter: Required[str]
    id: Required[UUID]
    title: Required[str]
    reader: Required[str]
    business: Required[str | None]
    words: Required[str | None]
    cancel_reason: Required[str | None]
    starts_at: Required[datetime | None]
    completes_at: Required[datetime | None]


class JobsService:
    def __init__(
        self,
        database: Database,
        records: JobRecords,
        visits: VisitRecords,
        calendars: CalendarsService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._records = records
        self._visits = visits
        self._calendars = calendars
        self._clock = clock
        self._repository = JobRepository(database.reader)

    # ---- reading

    async def page(self, caller: Caller, filters: JobFilters, *, after: Moment | None, limit: int) -> Page[JobRow]:
        return Page.of(await self._repository.page(caller.user_id, filters, after=after, limit=fetched(limit)), limit)

    async def count(self, caller: Caller, filters: JobFilters) -> int:
        return await self._repository.count(caller.user_id, filters)

    async def get(self, caller: Caller, job_id: UUID) -> JobRow:
        row = await self._repository.find_of_party(caller.user_id, job_id)
        if row is None:
            raise NotFound
        return row

    async def find(self, job_id: UUID) -> JobRow | None:
        """Return somebody's job, for staff and the worker."""
        return await self._repository.find(job_id)

    async def booked(
        self, provider_ids: Sequence[UUID], starts_at: datetime, ends_at: datetime
    ) -> Mapping[UUID, Sequence[Booking]]:
        """Return the times of each of these providers that jobs and visits take between two instants, in order."""
        found: dict[UUID, list[Booking]] = {provider_id: [] for provider_id in provider_ids}
        if found:
            for row in await self._repository.booked(provider_ids, starts_at, ends_at):
                found[row["provider_id"]].append(Booking(row["starts_at"], row["ends_at"]))
        return found

    async def appointments(self, provider_id: UUID, since: datetime, *, most: int) -> Sequence[Appointment]:
        """Return the jobs of a provider that have a time and end after an instant, for a calendar."""
        rows = await self._repository.agreed(provider_id, since, most=most)
        return [found for row in rows if (found := appointment_of(row)) is not None]

    async def disputes(self, *, decided: bool, after: Moment | None, limit: int) -> Page[JobRow]:
        return Page.of(await self._repository.disputes(decided=decided, after=after, limit=fetched(limit)), limit)

    async def count_disputes(self, *, decided: bool) -> int:
        return await self._repository.count_disputes(decided=decided)

    async def address(self, caller: Caller, job_id: UUID) -> tuple[AddressRow, datetime | None]:
        """Return where the job is and until when that can be read; the homeowner sees in their activity that it was."""
        job = await self.get(caller, job_id)
        if side_of(job, caller.user_id) is not JobSide.PROVIDER:
            raise Forbidden("This is for the provider to read.")
        if not self._records.may_read_address(job):
            raise NotFound
        async with self._database.begin() as tx:
            row = await self._repository.find_address(tx, caller.user_id, job_id)
            if row is None:
                raise NotFound
            # About the account and not about the job: it happens to a person, who is to see it.
            about = ("user", job["owner_id"])
            await audit.record(tx, "job.address_read", caller, subject=about, data={"job": str(job_id)})
        return row, address_ends_at(job)

    # ---- steps

    async def lock(self, tx: AsyncSession, job_id: UUID) -> JobRow:
        row = await self._repository.lock(tx, job_id)
        if row is None:
            raise NotFound
        return row

    async def lock_as(
        self,
        tx: AsyncSession,
        caller: Caller,
        job_id: UUID,
        if_match: str | None,
        *,
        only: JobSide | None = None,
    ) -> tuple[JobRow, JobSide]:
        """Return a job of the caller's, locked, and which party they are; `only` that one may go on."""
        row = await self.lock(tx, job_id)
        side = side_of(row, caller.user_id)
        if only is not None and side is not only:
            raise Forbidden(f"This is for the {only.lower()} to do.")
        etags.check(if_match, edition(row, side, self._clock.now()))
        return row, side

    async def start(self, caller: Caller, job_id: UUID, *, if_match: str | None) -> JobRow:
        async with self._database.begin() as tx:
            row, _ = await self.lock_as(tx, caller, job_id, if_match, only=OF_ONE_PARTY["startJob"])
            row = await self._records.move(tx, row, "startJob", {"started_at": self._clock.now()})
            await self._records.record(tx, "job.started", caller, job_id)
            await self._records.announce(tx, Letter.STARTED, row, JobSide.HOMEOWNER)
        return row

    async def deliver(self, caller: Caller, job_id: UUID, *, if_match: str | None) -> JobRow:
        async with self._database.begin() as tx:
            row, _ = await self.lock_as(tx, caller, job_id, if_match, only=OF_ONE_PARTY["deliverJob"])
            row = await self._records.move(tx, row, "deliverJob", {"delivered_at": self._clock.now()})
            await self._records.record(tx, "job.delivered", caller, job_id)
            await self._records.announce(tx, Letter.DELIVERED, row, JobSide.HOMEOWNER)
        return row

    async def complete(self, caller: Caller, job_id: UUID, *, if_match: str | None) -> JobRow:
        async with self._database.begin() as tx:
            row, _ = await self.lock_as(tx, caller, job_id, if_match, only=OF_ONE_PARTY["completeJob"])
            row = await self._records.move(tx, row, "completeJob", {"completed_by": JobActor.HOMEOWNER})
            await self._records.record(tx, "job.completed", caller, job_id)
            await self._records.announce(tx, Letter.COMPLETED, row, JobSide.PROVIDER)
        return row

    async def request_changes(self, caller: Caller, job_id: UUID, words: str, *, if_match: str | None) -> JobRow:
        async with self._database.begin() as tx:
            row, _ = await self.lock_as(tx, caller, job_id, if_match, only=OF_ONE_PARTY["requestJobChanges"])
            asked: JobChanges = {"change_request": words, "changes_requested_at": self._clock.now()}
            row = await self._records.move(tx, row, "requestJobChanges", asked)
            await self._records.record(tx, "job.changes_requested", caller, job_id)
            await self._records.announce(tx, Letter.CHANGES_REQUESTED, row, JobSide.PROVIDER)
        return row

    async def cancel(
        self, caller: Caller, job_id: UUID, reason: JobCancelReason, note: str | None, *, if_match: str | None
    ) -> JobRow:
        async with self._database.begin() as tx:
            row, side = await self.lock_as(tx, caller, job_id, if_match)
            starts = row["starts_at"]
            left = None if starts is None else int((starts - self._clock.now()).total_seconds() // 60)
            cancelled: JobChanges = {
                "cancelled_by": JobActor(side),
                "cancel_reason": JobCancelledReason(reason),
                "cancel_note": note,
                "minutes_before_start": left,
            }
            row = await self._records.move(tx, row, "cancelJob", cancelled)
            await self._visits.end_of_inquiry(tx, caller, row["inquiry_id"], "cancelJob", by=ThreadSide(side))
            await self._records.record(tx, "job.cancelled", caller, job_id, {"minutes_before_start": left})
            await self._records.announce(tx, Letter.CANCELLED, row, other(side))
        return row

    # ---- for the worker

    async def complete_jobs(self) -> bool:
        """Complete jobs that were delivered long ago; return whether more are due."""
        since = self._clock.now() - COMPLETED_AFTER
        if not await self._repository.has_due(since):
            return False
        async with self._database.begin() as tx:
            # Whoever asks for changes at the same time has it locked, and it is left for the next time.
            due = await self._repository.lock_due(tx, since, limit=_AT_ONCE)
            for row in due:
                ended: JobChanges = {"completed_by": JobActor.SERVICE}
                # It ends at its time, however late the worker comes.
                if (at := completes_at(row)) is not None:
                    ended["ended_at"] = at
                await self._records.move(tx, row, "worker.complete_jobs", ended)
                await self._records.record(tx, "job.completed", NO_CLIENT, row["id"])
                for side in JobSide:
                    await self._records.announce(tx, Letter.COMPLETED, row, side)
            return len(due) == _AT_ONCE

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of the outbox messages about jobs, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail, mails, Texts(_TEMPLATES))}

    async def _mail(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail a party, without who the homeowner is or where, which only `getJobAddress` returns."""
        letter, reader = Letter(str(message.payload["letter"])), JobSide(str(message.payload["reader"]))
        row = await self._repository.find(UUID(str(message.payload["job_id"])))
        if row is None or (letter is Letter.PROPOSED and row["proposed_by"] is None):
            return
        reason = row["cancel_reason"]
        values: _LetterValues = {
            "letter": letter.value,
            "id": row["id"],
            "title": row["title"],
            "reader": reader.value,
            "business": row["business_name"],
            "words": _words(letter, row),
            "cancel_reason": reason.value if letter is Letter.CANCELLED and reason is not None else None,
            "starts_at": row["proposed_starts_at" if letter is Letter.PROPOSED else "starts_at"],
            "completes_at": completes_at(row),
        }
        to = row["owner_id"] if reader is JobSide.HOMEOWNER else row["provider_id"]
        # As it is now, which may be later than what the mail tells: a program keeps the highest SEQUENCE.
        appointment = appointment_of(row) if letter in _OF_TIME else None
        calendar = None
        if appointment is not None:
            calendar = self._calendars.attachment(appointment, mails.support_email)
        await mails.send(message, KINDS[letter], to, texts, "step", values=values, calendar=calendar)


def _words(letter: Letter, row: JobRow) -> str | None:
    """Return what somebody wrote with this step; those of a dispute are read in the job."""
    match letter:
        case Letter.CHANGES_REQUESTED:
            return row["change_request"]
        case Letter.CANCELLED:
            return row["cancel_note"]
        case Letter.DECIDED:
            return row["statement"]
        case _:
            return None
