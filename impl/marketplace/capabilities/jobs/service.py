"""Changes of jobs by both parties, by staff and by the clock, inside their transactions, after locking the job.

So of two at once one comes after the other, on PostgreSQL by the lock of the row and on SQLite by the one writer, and
the second finds the state that the first has left.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import JOB_STATE_MACHINE, JobState
from impl.kernel import audit, etags, outbox
from impl.kernel.caller import AnonymousClient
from impl.kernel.clock import Clock
from impl.kernel.errors import InvalidTransition, JsonValue, NotFound
from impl.kernel.ids import new_id
from impl.kernel.states import next_state
from impl.marketplace.capabilities.calendars.service import Appointment
from impl.marketplace.capabilities.domain_events.service import DomainEvent, publish_event_of
from impl.marketplace.capabilities.jobs.repository import JobRecordsRepository
from impl.marketplace.capabilities.jobs.tables import (
    NO_PROPOSAL,
    AgreedTime,
    Agreement,
    Booking,
    JobChanges,
    JobColumns,
    JobSide,
)
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify

__all__ = [
    "COMPLETED_AFTER",
    "KINDS",
    "OF_ONE_PARTY",
    "TOPIC",
    "JobColumns",
    "JobRecords",
    "Letter",
    "address_ends_at",
    "appointment_of",
    "completes_at",
    "edition",
    "has_passed",
    "other",
    "possible_steps",
    "present_state",
    "side_of",
]

TOPIC: Final = "marketplace.job_told"
# Time to look at what was delivered; then it is completed.
COMPLETED_AFTER: Final = timedelta(days=14)
# Time after the end in which the address is of use: something was forgotten, or has to be mended.
ADDRESS_AFTER: Final = timedelta(days=30)
_ENDS: Final = {JobState.COMPLETED, JobState.CANCELLED}
# What the provider is not shown, nor may find by trying out what makes the same ETag.
_OF_OWNER: Final = {"owner_id", "property_id", "property_label"}

type PartyStep = Literal[
    "startJob",
    "cancelJob",
    "deliverJob",
    "completeJob",
    "requestJobChanges",
    "disputeJob",
    "scheduleJob",
    "acceptJobSchedule",
    "declineJobSchedule",
]
# The party that alone may take a step; of the others either may, but for the answer to a proposal.
OF_ONE_PARTY: Final[Mapping[str, JobSide]] = {
    "startJob": JobSide.PROVIDER,
    "deliverJob": JobSide.PROVIDER,
    "completeJob": JobSide.HOMEOWNER,
    "requestJobChanges": JobSide.HOMEOWNER,
}
type BookingStep = Literal["scheduleJob", "acceptJobSchedule"]
type OtherStep = Literal["decideDispute", "worker.complete_jobs"]


class Letter(StrEnum):
    """Mail about a job, by the name of its words."""

    STARTED = "started"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CHANGES_REQUESTED = "changes_requested"
    CANCELLED = "cancelled"
    SCHEDULED = "scheduled"
    PROPOSED = "proposed"
    PROPOSAL_ACCEPTED = "proposal_accepted"
    PROPOSAL_DECLINED = "proposal_declined"
    DISPUTED = "disputed"
    DECIDED = "decided"


KINDS: Final = {
    Letter.STARTED: NotificationKind.JOB_STARTED,
    Letter.DELIVERED: NotificationKind.JOB_DELIVERED,
    Letter.COMPLETED: NotificationKind.JOB_COMPLETED,
    Letter.CHANGES_REQUESTED: NotificationKind.JOB_CHANGES_REQUESTED,
    Letter.CANCELLED: NotificationKind.JOB_CANCELLED,
    Letter.SCHEDULED: NotificationKind.JOB_SCHEDULED,
    Letter.PROPOSED: NotificationKind.JOB_TIME_PROPOSED,
    Letter.PROPOSAL_ACCEPTED: NotificationKind.JOB_TIME_ACCEPTED,
    Letter.PROPOSAL_DECLINED: NotificationKind.JOB_TIME_DECLINED,
    Letter.DISPUTED: NotificationKind.JOB_DISPUTED,
    Letter.DECIDED: NotificationKind.DISPUTE_DECIDED,
}


def side_of(row: JobColumns, person: UUID) -> JobSide:
    """Return which party of a job somebody is; raise NotFound for everybody else."""
    if row["owner_id"] == person:
        return JobSide.HOMEOWNER
    if row["provider_id"] == person:
        return JobSide.PROVIDER
    raise NotFound


def other(side: JobSide) -> JobSide:
    return JobSide.PROVIDER if side is JobSide.HOMEOWNER else JobSide.HOMEOWNER


def present_state(row: JobColumns, now: datetime) -> JobState:
    """Return the state by the clock: a job delivered long ago is complete, whether or not a worker has run."""
    completes = completes_at(row)
    return row["state"] if completes is None or completes > now else JobState.COMPLETED


def has_passed(row: JobColumns, now: datetime) -> bool:
    """Return whether there is no proposed time that could still be agreed on."""
    starts = row["proposed_starts_at"]
    return starts is None or starts <= now


def possible_steps(row: JobColumns, side: JobSide, now: datetime) -> list[str]:
    """Return the steps that the job's state leaves to a party, by their operations."""
    steps = [
        step
        for step in JOB_STATE_MACHINE.operations(present_state(row, now))
        if step != "decideDispute" and OF_ONE_PARTY.get(step, side) is side
    ]
    if row["proposed_by"] is None:
        return [step for step in steps if step not in {"acceptJobSchedule", "declineJobSchedule"}]
    # Whoever has proposed a time may take it back, and does not accept it themselves.
    is_acceptable = row["proposed_by"] is not side and not has_passed(row, now)
    return [step for step in steps if step != "acceptJobSchedule" or is_acceptable]


def edition(row: JobColumns, side: JobSide, now: datetime) -> str:
    """Return the text behind the ETag, which changes with whatever this side is shown."""
    shown = {name: value for name, value in row.items() if side is JobSide.HOMEOWNER or name not in _OF_OWNER}
    return etags.edition(row["version"], {**shown, "possible": possible_steps(row, side, now)})


class JobRecords:
    def __init__(self, clock: Clock) -> None:
        self._repository = JobRecordsRepository()
        self._clock = clock

    async def open_job(self, tx: AsyncSession, agreement: Agreement) -> UUID:
        """Open the job of a quote that is accepted in the same transaction; return its id."""
        (state,) = JOB_STATE_MACHINE.starts["acceptQuote"]
        now, job_id = self._clock.now(), new_id()
        await self._repository.insert(
            tx,
            {
                **agreement,
                "id": job_id,
                "state": state,
                "created_at": now,
                "updated_at": now,
                "version": etags.FIRST_VERSION,
            },
        )
        return job_id

    def present(self, row: JobColumns) -> JobState:
        """Return the state by the clock."""
        return present_state(row, self._clock.now())

    async def move[RowT: JobColumns](
        self,
        tx: AsyncSession,
        row: RowT,
        step: PartyStep | OtherStep,
        changes: JobChanges,
        *,
        to: JobState | None = None,
    ) -> RowT:
        """Take a step of a locked job, with these changes; return it as it is then."""
        now = self._clock.now()
        current = row["state"] if step == "worker.complete_jobs" else self.present(row)
        state = next_state(JOB_STATE_MACHINE, current, step, to=to)
        made: JobChanges = {**changes, "state": state, "updated_at": now}
        if state in _ENDS:
            made.setdefault("ended_at", now)
        if state is not JobState.SCHEDULED and row["proposed_by"] is not None:
            made = {**made, **NO_PROPOSAL}
        await self._repository.update(tx, row["id"], made)
        return cast("RowT", {**row, **made, "version": etags.next_version(row["version"])})

    async def book[RowT: JobColumns](
        self, tx: AsyncSession, row: RowT, step: BookingStep, time: Booking, changes: JobChanges
    ) -> RowT:
        """Take a step of a locked job after which this time holds; raise SlotTaken where another job has it."""
        await self._repository.take_turns(tx, row["provider_id"])
        return await self.move(tx, row, step, {**changes, "starts_at": time.starts_at, "ends_at": time.ends_at})

    def refuse(self, row: JobColumns, *steps: PartyStep) -> InvalidTransition:
        """Return the problem of steps that the state allows, and something else does not."""
        possible = [step for step in JOB_STATE_MACHINE.operations(self.present(row)) if step not in steps]
        return InvalidTransition(self.present(row), possible)

    @staticmethod
    async def announce(tx: AsyncSession, letter: Letter, row: JobColumns, reader: JobSide) -> None:
        """Notify and mail a party of a job."""
        account_id = row["owner_id"] if reader is JobSide.HOMEOWNER else row["provider_id"]
        notify(tx, KINDS[letter], account_id, About(NotificationSubjectKind.JOB, row["id"]))
        await outbox.put(tx, TOPIC, {"letter": letter.value, "job_id": str(row["id"]), "reader": reader.value})

    @staticmethod
    async def record(
        tx: AsyncSession,
        event: str,
        who: AnonymousClient,
        job_id: UUID,
        data: Mapping[str, JsonValue] | None = None,
        *,
        also: DomainEvent | None = None,
    ) -> None:
        """Record an event about a job, ids, codes and counts and no words of anybody, with what happened by it.

        `also` is what happened where the event has another name.
        """
        await publish_event_of(tx, event if also is None else also.value, job_id)
        await audit.record(tx, event, who, subject=("job", job_id), data=data or {})

    def may_read_address(self, row: JobColumns) -> bool:
        """Return whether it is early enough after the end, by the clock and not by whether a worker has run."""
        ended = row["ended_at"] or completes_at(row)
        return ended is None or ended + ADDRESS_AFTER > self._clock.now()


def appointment_of(row: AgreedTime | JobColumns) -> Appointment | None:
    """Return the time of a job for calendars; None while it has none."""
    starts, ends = row["starts_at"], row["ends_at"]
    if starts is None or ends is None:
        return None
    return Appointment(
        id=row["id"],
        title=row["title"],
        state=row["state"].replace("_", " ").lower(),
        path=f"jobs/{row['id']}",
        is_cancelled=row["state"] is JobState.CANCELLED,
        starts_at=starts,
        ends_at=ends,
        sequence=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def completes_at(row: JobColumns) -> datetime | None:
    """Return when a delivered job is completed by itself; None for every other one."""
    delivered = row["delivered_at"]
    return None if delivered is None or row["state"] is not JobState.DELIVERED else delivered + COMPLETED_AFTER


def address_ends_at(row: JobColumns) -> datetime | None:
    """Return until when the provider may read the address; None while the job has not ended."""
    ended = row["ended_at"]
    return None if ended is None else ended + ADDRESS_AFTER
