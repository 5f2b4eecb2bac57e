"""Changes of inquiries by both parties, inside their transactions, after locking the inquiry.

So of two at once one comes after the other, on PostgreSQL by the lock of the row and on SQLite by the one writer, and
the second finds the state that the first has left.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import INQUIRY_STATE_MACHINE, RECIPIENT_STATE_MACHINE, InquiryState, RecipientState
from impl.kernel import audit, outbox
from impl.kernel.caller import NO_CLIENT, AnonymousClient
from impl.kernel.clock import Clock
from impl.kernel.errors import JsonValue, NotFound
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id
from impl.kernel.reader import Reader
from impl.kernel.states import next_state, refused
from impl.marketplace.capabilities.domain_events.service import DomainEvent, publish_event_of, publish_events
from impl.marketplace.capabilities.inquiries.repository import (
    InquiryRecordsRepository,
    LockedInquiry,
    LockedRecipient,
)
from impl.marketplace.capabilities.inquiries.tables import (
    WAITING,
    InquiryChanges,
    InquiryContent,
    NewInquiry,
    NewRecipient,
    RecipientChanges,
    RecipientLostReason,
    ThreadSide,
)
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.capabilities.quotes.service import QuoteRecords

__all__ = ["GOING_ON", "KINDS", "LIFETIME", "TOPIC", "InquiryRecords", "Letter", "LockedInquiry", "LockedRecipient"]
__all__ += ["MessageStep", "present_state", "steps_of_recipient"]

LIFETIME: Final = timedelta(days=30)
TOPIC: Final = "marketplace.inquiry_told"
REMINDED_BEFORE: Final = timedelta(days=3)
_ANSWERED: Final = frozenset({RecipientState.QUOTED, RecipientState.DECLINED})


# Steps of an inquiry that leave it open, those that end it, and those of one recipient.
type OpenStep = Literal["updateInquiry", "addInquiryRecipient"]
type EndStep = Literal["withdrawInquiry", "worker.end_inquiries"]
type MessageStep = Literal["sendRecipientMessage", "sendReceivedInquiryMessage"]
type RecipientStep = Literal["getReceivedInquiry", "declineInquiry", "createQuote", "sendQuote"] | MessageStep


# Steps that are a recipient's.
_OF_RECIPIENT: Final = frozenset({"declineInquiry", "createQuote", "sendReceivedInquiryMessage"})
# An accepted inquiry has a job, whose words go on.
GOING_ON: Final = frozenset({InquiryState.OPEN, InquiryState.ACCEPTED})


class Letter(StrEnum):
    """Mail about an inquiry, by the name of its templates."""

    RECEIVED = "received"
    DECLINED = "declined"
    ENDING = "ending"


_LOST: Final[dict[EndStep, RecipientLostReason]] = {
    "withdrawInquiry": RecipientLostReason.WITHDRAWN,
    "worker.end_inquiries": RecipientLostReason.EXPIRED,
}
_BY: Final[dict[EndStep, ThreadSide | None]] = {"withdrawInquiry": ThreadSide.HOMEOWNER, "worker.end_inquiries": None}
KINDS: Final = {
    Letter.RECEIVED: NotificationKind.INQUIRY_RECEIVED,
    Letter.DECLINED: NotificationKind.INQUIRY_DECLINED,
    Letter.ENDING: NotificationKind.INQUIRY_ENDING,
}


def present_state(state: InquiryState, expires_at: datetime, now: datetime) -> InquiryState:
    """Return the state by the clock: an inquiry whose time is over is `EXPIRED`, whether or not a worker has run."""
    return InquiryState.EXPIRED if state is InquiryState.OPEN and expires_at <= now else state


def steps_of_recipient(state: RecipientState, inquiry_state: InquiryState) -> list[str]:
    """Return the steps that these states leave to a recipient, by their operations."""
    steps: list[str] = [step for step in RECIPIENT_STATE_MACHINE.operations(state) if step in _OF_RECIPIENT]
    if inquiry_state is InquiryState.OPEN:
        return steps
    return [step for step in steps if step == "sendReceivedInquiryMessage" and inquiry_state in GOING_ON]


class Visits(Protocol):
    """Visits that end with their inquiry, or with the recipient who was to come."""

    async def end_of_inquiry(
        self,
        tx: AsyncSession,
        who: AnonymousClient,
        inquiry_id: UUID,
        step: EndStep | Literal["acceptQuote"],
        *,
        by: ThreadSide | None,
        chosen_id: UUID | None = None,
    ) -> None: ...

    async def end_of_recipient(self, tx: AsyncSession, who: AnonymousClient, recipient_id: UUID) -> None: ...


class InquiryRecords:
    def __init__(self, reader: Reader, quotes: QuoteRecords, visits: Visits, clock: Clock) -> None:
        self._repository = InquiryRecordsRepository(reader)
        self._quotes = quotes
        self._visits = visits
        self._clock = clock

    def new(self, owner_id: UUID, content: InquiryContent) -> NewInquiry:
        now = self._clock.now()
        return {
            **content,
            "id": new_id(),
            "owner_id": owner_id,
            "state": InquiryState.OPEN,
            "expires_at": now + LIFETIME,
            "created_at": now,
            "updated_at": now,
            "version": FIRST_VERSION,
        }

    def new_recipient(self, inquiry_id: UUID, provider_id: UUID, service_id: UUID | None) -> NewRecipient:
        now = self._clock.now()
        return {
            "id": new_id(),
            "inquiry_id": inquiry_id,
            "provider_id": provider_id,
            "service_id": service_id,
            "state": RecipientState.SENT,
            "created_at": now,
            "updated_at": now,
            "version": FIRST_VERSION,
        }

    async def send(
        self, tx: AsyncSession, who: AnonymousClient, new: NewInquiry, recipients: Sequence[NewRecipient]
    ) -> None:
        """Send a new inquiry to its recipients, and record that it was."""
        asked: list[JsonValue] = [str(one["id"]) for one in recipients]
        await self._repository.insert(tx, new)
        await self._ask(tx, recipients)
        await self.record(tx, "inquiry.sent", who, new["id"], {"recipients": asked})

    async def lock(self, tx: AsyncSession, inquiry_id: UUID) -> LockedInquiry:
        """Return the inquiry, locked; one whose time is over is `EXPIRED`, whether or not a worker has run."""
        row = await self._repository.lock(tx, inquiry_id)
        if row is None:
            raise NotFound
        return self._ended(row)

    async def lock_of_quote(
        self, tx: AsyncSession, quote_id: UUID, party_id: UUID
    ) -> tuple[LockedInquiry, LockedRecipient]:
        """Return the inquiry and the recipient of a quote of this party's, locked as by `lock_for`."""
        found = await self._repository.lock_of_quote(tx, quote_id, party_id)
        if found is None:
            raise NotFound
        inquiry, recipient = found
        return self._ended(inquiry), recipient

    async def lock_for(
        self, tx: AsyncSession, inquiry_id: UUID, provider_id: UUID
    ) -> tuple[LockedInquiry, LockedRecipient]:
        """Return the inquiry, locked as by `lock`, and this provider as its recipient."""
        found = await self._repository.lock_for(tx, inquiry_id, provider_id)
        if found is None:
            raise NotFound
        inquiry, recipient = found
        return self._ended(inquiry), recipient

    async def change(
        self, tx: AsyncSession, inquiry: LockedInquiry, step: OpenStep, changes: InquiryChanges | None = None
    ) -> None:
        """Take a step of the inquiry that leaves it open, with these changes."""
        next_state(INQUIRY_STATE_MACHINE, inquiry["state"], step)
        await self._repository.update(tx, inquiry["id"], {**(changes or {}), "updated_at": self._clock.now()})

    async def add(
        self, tx: AsyncSession, who: AnonymousClient, inquiry: LockedInquiry, recipient: NewRecipient
    ) -> None:
        """Ask one more provider, and record that they were."""
        await self.change(tx, inquiry, "addInquiryRecipient")
        await self._ask(tx, [recipient])
        about = {"recipient": str(recipient["id"])}
        await self.record(tx, "inquiry.recipient_added", who, inquiry["id"], about)

    async def end(self, tx: AsyncSession, who: AnonymousClient, inquiry: LockedInquiry, step: EndStep) -> None:
        """End the inquiry with its open quotes and visits, and mark recipients who have not declined as LOST."""
        state = next_state(INQUIRY_STATE_MACHINE, inquiry["state"], step)
        now = self._clock.now()
        await self._visits.end_of_inquiry(tx, who, inquiry["id"], step, by=_BY[step])
        await self._repository.update(tx, inquiry["id"], {"state": state, "closed_at": now, "updated_at": now})
        losing = RECIPIENT_STATE_MACHINE.before(step)
        (lost,) = {next_state(RECIPIENT_STATE_MACHINE, before, step) for before in losing}
        changes: RecipientChanges = {"state": lost, "lost_reason": _LOST[step], "updated_at": now}
        await self._repository.update_recipients(tx, inquiry["id"], losing, changes)
        await self._quotes.end_of_inquiry(tx, inquiry["id"], step)

    async def accept(self, tx: AsyncSession, who: AnonymousClient, inquiry: LockedInquiry, recipient_id: UUID) -> None:
        """Accept a quote of this recipient, who stays `QUOTED`, and lose every other one who has not declined."""
        state = next_state(INQUIRY_STATE_MACHINE, inquiry["state"], "acceptQuote")
        now = self._clock.now()
        owner = ThreadSide.HOMEOWNER
        await self._visits.end_of_inquiry(tx, who, inquiry["id"], "acceptQuote", by=owner, chosen_id=recipient_id)
        await self._repository.update(tx, inquiry["id"], {"state": state, "closed_at": now, "updated_at": now})
        (lost,) = {
            next_state(RECIPIENT_STATE_MACHINE, before, "acceptQuote", to=RecipientState.LOST) for before in WAITING
        }
        changes: RecipientChanges = {
            "state": lost,
            "lost_reason": RecipientLostReason.OTHER_CHOSEN,
            "updated_at": now,
        }
        await self._repository.update_others(tx, inquiry["id"], recipient_id, changes)

    async def has_due(self) -> bool:
        """Return without a lock whether an inquiry has expired or a reminder is due."""
        now = self._clock.now()
        return await self._repository.has_due(now, now + REMINDED_BEFORE)

    async def attend_due(self, tx: AsyncSession, *, limit: int) -> int:
        """Expire due inquiries and send reminders; return their number.

        Whoever answers or withdraws one at the same time has it locked, and it is left for the next time.
        """
        now = self._clock.now()
        due = await self._repository.lock_due(tx, now, now + REMINDED_BEFORE, limit=limit)
        for inquiry in due:
            if inquiry["expires_at"] <= now:
                await self.end(tx, NO_CLIENT, inquiry, "worker.end_inquiries")
                await self.record(tx, "inquiry.expired", NO_CLIENT, inquiry["id"])
            else:
                await self._repository.set_reminded(tx, inquiry["id"], now)
                await self._remind(tx, inquiry)
        return len(due)

    async def decline(
        self,
        tx: AsyncSession,
        who: AnonymousClient,
        inquiry: LockedInquiry,
        recipient: LockedRecipient,
        answer: RecipientChanges,
    ) -> None:
        """Decline an inquiry for a recipient, with this answer, and cancel their visits."""
        self.check(inquiry, recipient, "declineInquiry")
        await self._visits.end_of_recipient(tx, who, recipient["id"])
        await self.move(tx, inquiry, recipient, "declineInquiry", answer)

    async def move(
        self,
        tx: AsyncSession,
        inquiry: LockedInquiry,
        recipient: LockedRecipient,
        step: RecipientStep,
        changes: RecipientChanges,
    ) -> None:
        """Take a step of one recipient, which the owner of the inquiry sees; both have to let it."""
        state = self.check(inquiry, recipient, step)
        now = self._clock.now()
        moved: RecipientChanges = {**changes, "state": state, "updated_at": now}
        if state in _ANSWERED and recipient["state"] not in _ANSWERED:
            moved["answered_at"] = now
            moved["response_seconds"] = max(0, int((now - recipient["created_at"]).total_seconds()))
        await self._repository.update_recipient(tx, recipient["id"], moved)
        await self._repository.update(tx, inquiry["id"], {"updated_at": now})

    @staticmethod
    def check(inquiry: LockedInquiry, recipient: LockedRecipient, step: RecipientStep) -> RecipientState:
        """Return the state of a recipient after a step, if both it and the inquiry let it."""
        state = next_state(RECIPIENT_STATE_MACHINE, recipient["state"], step)
        if inquiry["state"] is not InquiryState.OPEN:
            # The worker has still to say so of the recipient.
            raise refused(INQUIRY_STATE_MACHINE, inquiry["state"])
        return state

    @staticmethod
    async def announce_declined(tx: AsyncSession, inquiry: LockedInquiry, recipient: LockedRecipient) -> None:
        """Notify the owner that a recipient has declined, and mail them."""
        notify(tx, NotificationKind.INQUIRY_DECLINED, inquiry["owner_id"], _about(inquiry["id"]))
        await outbox.put(tx, TOPIC, _letter(Letter.DECLINED, inquiry["id"], recipient["id"]))

    async def count_message(self, tx: AsyncSession, recipient_id: UUID, *, by_homeowner: bool, ordinal: int) -> None:
        """Store the number of messages that a side has sent; the inquiry is locked, so that no other is counted."""
        await self._repository.count_message(tx, recipient_id, by_homeowner=by_homeowner, ordinal=ordinal)

    async def mark_read(self, tx: AsyncSession, recipient_id: UUID, *, by_homeowner: bool, read: int) -> None:
        """Store the number of the other side's messages that a side has read, unless it has read more."""
        await self._repository.mark_read(tx, recipient_id, by_homeowner=by_homeowner, read=read)

    @staticmethod
    async def _remind(tx: AsyncSession, inquiry: LockedInquiry) -> None:
        notify(tx, NotificationKind.INQUIRY_ENDING, inquiry["owner_id"], _about(inquiry["id"]))
        await outbox.put(tx, TOPIC, _letter(Letter.ENDING, inquiry["id"], None))

    @staticmethod
    async def record(
        tx: AsyncSession,
        event: str,
        who: AnonymousClient,
        inquiry_id: UUID,
        data: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Record an event about an inquiry: ids, codes and counts, and no words of anybody."""
        await publish_event_of(tx, event, inquiry_id)
        await audit.record(tx, event, who, subject=("inquiry", inquiry_id), data=data or {})

    def _ended(self, row: LockedInquiry) -> LockedInquiry:
        return {**row, "state": present_state(row["state"], row["expires_at"], self._clock.now())}

    async def _ask(self, tx: AsyncSession, recipients: Sequence[NewRecipient]) -> None:
        """Ask these providers, and tell them and their own systems so."""
        await self._repository.insert_recipients(tx, recipients)
        for one in recipients:
            notify(tx, NotificationKind.INQUIRY_RECEIVED, one["provider_id"], _about(one["inquiry_id"]))
            await outbox.put(tx, TOPIC, _letter(Letter.RECEIVED, one["inquiry_id"], one["id"]))
        await publish_events(tx, *((DomainEvent.INQUIRY_RECEIVED, one["id"]) for one in recipients))


def _about(inquiry_id: UUID) -> About:
    return About(NotificationSubjectKind.INQUIRY, inquiry_id)


def _letter(letter: Letter, inquiry_id: UUID, recipient_id: UUID | None) -> dict[str, JsonValue]:
    return {
        "letter": letter.value,
        "inquiry_id": str(inquiry_id),
        "recipient_id": None if recipient_id is None else str(recipient_id),
    }
