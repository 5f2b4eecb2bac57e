"""Service of disputes: either party opens one, and staff who are no party decide it, once, with their reasons."""

from uuid import UUID

from generated.states import JobState
from impl.kernel import audit
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound, OwnCase
from impl.kernel.paging import Moment, Page
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.jobs.service import JobRecords, Letter, other
from impl.marketplace.capabilities.jobs.tables import JobActor, JobCancelledReason, JobChanges, JobOutcome, JobSide
from impl.marketplace.jobs.service import JobRow, JobsService

__all__ = ["DisputesService", "JobRow"]


class DisputesService:
    def __init__(self, database: Database, jobs: JobsService, records: JobRecords, clock: Clock) -> None:
        self._database = database
        self._jobs = jobs
        self._records = records
        self._clock = clock

    async def open(self, caller: Caller, job_id: UUID, words: str, *, if_match: str | None) -> JobRow:
        async with self._database.begin() as tx:
            row, side = await self._jobs.lock_as(tx, caller, job_id, if_match)
            opened: JobChanges = {"disputed_by": side, "dispute_text": words, "disputed_at": self._clock.now()}
            row = await self._records.move(tx, row, "disputeJob", opened)
            await self._records.record(tx, "job.disputed", caller, job_id)
            await self._records.announce(tx, Letter.DISPUTED, row, other(side))
        return row

    # ---- by staff; what they read of the parties is an event

    async def page(self, caller: Caller, *, decided: bool, after: Moment | None, limit: int) -> Page[JobRow]:
        page = await self._jobs.disputes(decided=decided, after=after, limit=limit)
        async with self._database.begin() as tx:
            jobs = audit.listed(row["id"] for row in page.items)
            await audit.record(tx, "dispute.listed", caller, data={"decided": decided, "jobs": jobs})
        return page

    async def count(self, *, decided: bool) -> int:
        return await self._jobs.count_disputes(decided=decided)

    async def get(self, caller: Caller, job_id: UUID) -> JobRow:
        row = await self._jobs.find(job_id)
        if row is None or row["disputed_at"] is None:
            raise NotFound
        async with self._database.begin() as tx:
            await audit.record(tx, "dispute.read", caller, subject=("job", job_id))
        return row

    async def decide(self, caller: Caller, job_id: UUID, outcome: JobOutcome, statement: str) -> JobRow:
        async with self._database.begin() as tx:
            row = await self._jobs.lock(tx, job_id)
            if caller.user_id in {row["owner_id"], row["provider_id"]}:
                raise OwnCase
            decided: JobChanges = {
                "decided_by": caller.user_id,
                "decided_at": self._clock.now(),
                "statement": statement,
            }
            if outcome is JobOutcome.COMPLETED:
                decided["completed_by"] = JobActor.STAFF
            else:
                decided["cancelled_by"], decided["cancel_reason"] = JobActor.STAFF, JobCancelledReason.DISPUTE_DECIDED
            row = await self._records.move(tx, row, "decideDispute", decided, to=JobState(outcome))
            is_completed = outcome is JobOutcome.COMPLETED
            ended = DomainEvent.JOB_COMPLETED if is_completed else DomainEvent.JOB_CANCELLED
            await self._records.record(tx, "dispute.decided", caller, job_id, {"completed": is_completed}, also=ended)
            for side in JobSide:
                await self._records.announce(tx, Letter.DECIDED, row, side)
        return row
