"""Service of visits: a homeowner asks for a free hour, the provider answers, and either side cancels."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import INQUIRY_STATE_MACHINE, VISIT_STATE_MACHINE, InquiryState, VisitState
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import etags, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import Forbidden, InvalidInput, InvalidTransition, NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.states import next_state, refused
from impl.marketplace.availability.service import AvailabilityService
from impl.marketplace.blocks.errors import check_open
from impl.marketplace.capabilities.calendars.service import Appointment, CalendarsService
from impl.marketplace.capabilities.inquiries.service import InquiryRecords, present_state
from impl.marketplace.capabilities.inquiries.tables import WAITING, ThreadSide
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.visits.service import KINDS, TOPIC, Letter, VisitRecords
from impl.marketplace.capabilities.visits.tables import NewVisit, VisitChanges
from impl.marketplace.provider_profile.errors import check_not_suspended
from impl.marketplace.visits.repository import LockedVisitRow, VisitRepository, VisitRow, VisitTime
from openapi.runtime.wire import FieldError, Reply

__all__ = ["ThreadSide", "VisitRow", "VisitsService", "edition", "possible_steps", "side_of"]

MOST: Final = 20
# Columns that neither side is shown, nor may find by trying out what makes the same ETag.
_HIDDEN: Final = {"owner_id", "provider_id", "is_owner_there", "is_blocked", "profile_state"}

_TEMPLATES: Final = Path(__file__).with_name("templates")
# The state in which each letter tells the truth.
_STATES: Final = {
    Letter.REQUESTED: VisitState.REQUESTED,
    Letter.BOOKED: VisitState.BOOKED,
    Letter.DECLINED: VisitState.DECLINED,
    Letter.CANCELLED: VisitState.CANCELLED,
}

type Step = Literal["acceptVisit", "declineVisit", "cancelVisit"]

# Steps that are one side's alone.
_OF_ONE_SIDE: Final[Mapping[str, ThreadSide]] = {
    "acceptVisit": ThreadSide.PROVIDER,
    "declineVisit": ThreadSide.PROVIDER,
}


class _LetterValues(TypedDict):
    """Values of the one template."""

    letter: str
    id: UUID
    category: str
    reader: str
    business: str | None
    starts_at: datetime
    end_reason: str | None


def side_of(row: VisitRow, person: UUID) -> ThreadSide:
    return ThreadSide.HOMEOWNER if row["owner_id"] == person else ThreadSide.PROVIDER


def possible_steps(row: VisitRow, side: ThreadSide, now: datetime) -> list[str]:
    """Return the steps that the visit's state leaves to a side, by their operations."""
    steps = VISIT_STATE_MACHINE.operations(row["state"]) if _too_late(row, now) is None else _but_accept(row)
    return [step for step in steps if _OF_ONE_SIDE.get(step, side) is side]


def edition(row: VisitRow, side: ThreadSide, now: datetime) -> str:
    """Return the text behind the ETag, which changes with whatever this side is shown."""
    shown = {name: value for name, value in row.items() if name not in _HIDDEN}
    return etags.edition(row["version"], {**shown, "side": side, "possible": possible_steps(row, side, now)})


def _too_late(row: VisitRow, now: datetime) -> InvalidTransition | None:
    """Return the problem of accepting a visit that has begun, or whose inquiry is over; None for every other one."""
    # With an accepted inquiry, only those of whoever was chosen are left.
    inquiry_state = present_state(row["inquiry_state"], row["inquiry_expires_at"], now)
    if inquiry_state is InquiryState.EXPIRED:
        return refused(INQUIRY_STATE_MACHINE, inquiry_state)
    return InvalidTransition(row["state"], _but_accept(row)) if row["starts_at"] <= now else None


def _but_accept(row: VisitRow) -> list[str]:
    return [step for step in VISIT_STATE_MACHINE.operations(row["state"]) if step != "acceptVisit"]


class VisitsService:
    def __init__(
        self,
        *,
        database: Database,
        inquiries: InquiryRecords,
        visits: VisitRecords,
        availability: AvailabilityService,
        calendars: CalendarsService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._inquiries = inquiries
        self._visits = visits
        self._calendars = calendars
        self._availability = availability
        self._clock = clock
        self._repository = VisitRepository(database.reader)

    async def page(
        self, caller: Caller, side: ThreadSide, inquiry_id: UUID | None, *, after: Moment | None, limit: int
    ) -> Page[VisitRow]:
        rows = await self._repository.page(caller.user_id, side, inquiry_id, after=after, limit=fetched(limit))
        return Page.of(rows, limit)

    async def count(self, caller: Caller, side: ThreadSide, inquiry_id: UUID | None) -> int:
        return await self._repository.count(caller.user_id, side, inquiry_id)

    async def get(self, caller: Caller, visit_id: UUID) -> VisitRow:
        row = await self._repository.find(caller.user_id, visit_id)
        if row is None:
            raise NotFound
        return row

    async def appointments(self, provider_id: UUID, since: datetime, *, most: int) -> Sequence[Appointment]:
        """Return the visits of a provider that were booked and begin after an instant, for a calendar."""
        return [_appointment_of(row) for row in await self._repository.agreed(provider_id, since, most=most)]

    async def request[ReplyT: Reply](
        self,
        caller: Caller,
        inquiry_id: UUID,
        recipient_id: UUID,
        starts_at: datetime,
        serialize: Callable[[VisitRow], ReplyT],
    ) -> ReplyT:
        """Ask for a free hour of a provider and return the reply; an idempotency key keeps its bytes."""
        async with self._database.begin() as tx:
            inquiry = await self._inquiries.lock(tx, inquiry_id)
            thread = await self._repository.thread_in(tx, caller.user_id, inquiry_id, recipient_id)
            if thread is None:
                raise NotFound
            if inquiry["state"] is not InquiryState.OPEN:
                raise refused(INQUIRY_STATE_MACHINE, inquiry["state"])
            if thread["state"] not in WAITING:
                raise InvalidTransition(thread["state"])
            # A business that is not to be seen is as one that has closed the conversation: why is not told.
            is_there = thread["is_provider_there"] and thread["profile_id"] is not None
            check_open("Nothing can be agreed here.", is_blocked=thread["is_blocked"] or not is_there)
            detail = f"A thread has at most {MOST} visits."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=thread["visits"], most=MOST)
            # Whoever closes one of the two accounts has done so before, or waits and ends this visit as well.
            if not thread["is_owner_there"]:
                raise NotFound
            profile_id = thread["profile_id"]
            slot = None if profile_id is None else await self._availability.find_slot(profile_id, starts_at)
            if slot is None:
                error = FieldError("not_a_slot", "is not the begin of a free hour", pointer="/starts_at")
                raise InvalidInput(errors=[error])
            now = self._clock.now()
            (state,) = VISIT_STATE_MACHINE.starts["requestVisit"]
            new: NewVisit = {
                "id": new_id(),
                "inquiry_id": inquiry_id,
                "recipient_id": recipient_id,
                "owner_id": caller.user_id,
                "provider_id": thread["provider_id"],
                "state": state,
                "starts_at": slot.starts_at,
                "ends_at": slot.ends_at,
                "created_at": now,
                "updated_at": now,
                "version": etags.FIRST_VERSION,
            }
            await self._repository.insert(tx, new)
            row: VisitRow = {
                **new,
                "cancelled_by": None,
                "end_reason": None,
                "inquiry_state": inquiry["state"],
                "inquiry_expires_at": inquiry["expires_at"],
                "category_id": thread["category_id"],
                "category_slug": thread["category_slug"],
                "category_name": thread["category_name"],
                "profile_id": profile_id,
                "profile_slug": thread["profile_slug"],
                "business_name": thread["business_name"],
            }
            await self._tell(tx, caller, row, "visit.requested", Letter.REQUESTED)
            reply = serialize(row)
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def accept(self, caller: Caller, visit_id: UUID, *, if_match: str | None) -> VisitRow:
        """Book the time; raise SlotTaken where a job or another visit has it.

        The inquiry is locked first, as by whoever blocks the other side, so that nothing is agreed after a block.
        """
        async with self._database.begin() as tx:
            await self._repository.lock_inquiry(tx, caller.user_id, visit_id)
            row = await self._lock(tx, caller, visit_id, if_match, "acceptVisit")
            now = self._clock.now()
            if row["state"] is VisitState.REQUESTED:
                self._check_accept(row, now)
                await self._repository.take_turns(tx, row["provider_id"])
            booked = await self._move(tx, row, "acceptVisit", {"booked_at": now})
            await self._tell(tx, caller, booked, "visit.booked", Letter.BOOKED)
        return booked

    @staticmethod
    def _check_accept(row: LockedVisitRow, now: datetime) -> None:
        """Refuse where nothing is to be agreed between the two, for now or any more."""
        if (problem := _too_late(row, now)) is not None:
            raise problem
        if not row["is_owner_there"]:
            raise NotFound
        check_not_suspended(row["profile_state"], _but_accept(row))
        check_open("Nothing can be agreed here.", is_blocked=row["is_blocked"])

    async def decline(self, caller: Caller, visit_id: UUID, *, if_match: str | None) -> VisitRow:
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, visit_id, if_match, "declineVisit")
            declined = await self._move(tx, row, "declineVisit", {})
            await self._tell(tx, caller, declined, "visit.declined", Letter.DECLINED)
        return declined

    async def cancel(self, caller: Caller, visit_id: UUID, *, if_match: str | None) -> VisitRow:
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, visit_id, if_match, "cancelVisit")
            cancelled = await self._move(tx, row, "cancelVisit", {"cancelled_by": side_of(row, caller.user_id)})
            await self._tell(tx, caller, cancelled, "visit.cancelled", Letter.CANCELLED)
        return cancelled

    async def _lock(
        self, tx: AsyncSession, caller: Caller, visit_id: UUID, if_match: str | None, step: Step
    ) -> LockedVisitRow:
        """Return a visit of the caller's, locked, if the step is for their side to take."""
        row = await self._repository.lock(tx, caller.user_id, visit_id)
        if row is None:
            raise NotFound
        side = side_of(row, caller.user_id)
        only = _OF_ONE_SIDE.get(step, side)
        if side is not only:
            raise Forbidden(f"This is for the {only.lower()} to do.")
        etags.check(if_match, edition(row, side, self._clock.now()))
        return row

    async def _move(self, tx: AsyncSession, row: VisitRow, step: Step, changes: VisitChanges) -> VisitRow:
        state, now = next_state(VISIT_STATE_MACHINE, row["state"], step), self._clock.now()
        await self._repository.update(tx, row["id"], {**changes, "state": state, "updated_at": now})
        return {
            **row,
            "state": state,
            "cancelled_by": changes.get("cancelled_by"),
            "updated_at": now,
            "version": etags.next_version(row["version"]),
        }

    async def _tell(self, tx: AsyncSession, caller: Caller, row: VisitRow, event: str, letter: Letter) -> None:
        """Record a step, and notify and mail the other side of it."""
        await self._visits.announce(tx, letter, row, by=side_of(row, caller.user_id))
        await self._visits.record(tx, event, caller, row["id"])

    # ---- for the worker

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handler of the outbox messages about visits, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail, mails, Texts(_TEMPLATES))}

    async def _mail(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail a side, unless the letter is out of date; it does not say who the homeowner is, or where."""
        letter, reader = Letter(str(message.payload["letter"])), ThreadSide(str(message.payload["reader"]))
        row = await self._repository.find_for_mail(UUID(str(message.payload["visit_id"])))
        if row is None or row["state"] is not _STATES[letter]:
            return
        values: _LetterValues = {
            "letter": letter.value,
            "id": row["id"],
            "category": row["category_name"],
            "reader": reader.value,
            "business": row["business_name"],
            "starts_at": row["starts_at"],
            "end_reason": row["end_reason"],
        }
        to = row["owner_id"] if reader is ThreadSide.HOMEOWNER else row["provider_id"]
        # What was never booked is in no calendar from which it could be taken.
        calendar = None
        if row["booked_at"] is not None:
            calendar = self._calendars.attachment(_appointment_of(row), mails.support_email)
        await mails.send(message, KINDS[letter], to, texts, "step", values={**values}, calendar=calendar)


def _appointment_of(row: VisitTime) -> Appointment:
    return Appointment(
        id=row["id"],
        # The words of the inquiry may hold what is masked before a quote is accepted.
        title=f"Visit: {row['category_name']}",
        state=row["state"].lower(),
        path=f"visits/{row['id']}",
        is_cancelled=row["state"] is VisitState.CANCELLED,
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        sequence=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
