"""Changes of quotes inside the transactions of both parties, of inquiries and of the worker.

Whoever changes a quote locks its inquiry first and all quotes for it after that, so that of two at once one comes after
the other and finds the states that it has left. The worker locks quotes alone, skips those that are locked, and waits
for nothing while it holds them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import QUOTE_STATE_MACHINE, QuoteState
from impl.kernel import audit, outbox
from impl.kernel.caller import NO_CLIENT, AnonymousClient
from impl.kernel.clock import Clock
from impl.kernel.errors import JsonValue
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id
from impl.kernel.reader import Reader
from impl.kernel.states import next_state
from impl.marketplace.capabilities.domain_events.service import DomainEvent, publish_event_of, publish_events
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.capabilities.quotes.repository import LockedQuote, QuoteRecordsRepository
from impl.marketplace.capabilities.quotes.tables import (
    NewQuote,
    QuoteChanges,
    QuoteContent,
    QuoteDeclineReason,
    QuoteEndReason,
)

__all__ = ["KINDS", "PARTY_OF", "TOPIC", "LockedQuote", "PartyStep", "QuoteLetter", "QuoteRecords"]
__all__ += ["possible_steps", "present_state"]

TOPIC: Final = "marketplace.quote_told"
_END_REASONS: Final = {
    "withdrawInquiry": QuoteEndReason.INQUIRY_WITHDRAWN,
    "worker.end_inquiries": QuoteEndReason.INQUIRY_EXPIRED,
}

type InquiryStep = Literal["withdrawInquiry", "worker.end_inquiries"]
type PartyStep = Literal["updateQuote", "deleteQuote", "sendQuote", "withdrawQuote", "acceptQuote", "declineQuote"]
# Whose each step is: the writer's, or that of the owner of the inquiry.
PARTY_OF: Final[Mapping[PartyStep, Literal["provider_id", "owner_id"]]] = {
    "updateQuote": "provider_id",
    "deleteQuote": "provider_id",
    "sendQuote": "provider_id",
    "withdrawQuote": "provider_id",
    "acceptQuote": "owner_id",
    "declineQuote": "owner_id",
}


class ShownQuote(TypedDict):
    """Columns by which a party is offered steps; a row may have more."""

    provider_id: UUID
    owner_id: UUID
    is_sendable: bool
    state: str
    expires_at: datetime | None
    inquiry_expires_at: datetime


def present_state(state: QuoteState, now: datetime, *ends: datetime | None) -> QuoteState:
    """Return the state by the clock: what is `SENT` ends at the first of these, whether or not a worker has run."""
    is_over = any(end is not None and end <= now for end in ends)
    return QuoteState.EXPIRED if state is QuoteState.SENT and is_over else state


def possible_steps(row: ShownQuote, person: UUID, now: datetime) -> list[str]:
    """Return the steps that the quote's state leaves to a party, by their operations.

    Time takes them from both parties at once.
    """
    state = present_state(QuoteState(row["state"]), now, row["expires_at"], row["inquiry_expires_at"])
    known = QUOTE_STATE_MACHINE.operations(state)
    steps = [step for step, party in PARTY_OF.items() if step in known and row[party] == person]
    is_sendable = row["is_sendable"] and row["inquiry_expires_at"] > now
    return [step for step in steps if step != "sendQuote" or is_sendable]


class QuoteLetter(StrEnum):
    """Mail about a quote, by the name of its templates."""

    QUOTED = "quoted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LOST = "lost"


KINDS: Final = {
    QuoteLetter.QUOTED: NotificationKind.QUOTE_RECEIVED,
    QuoteLetter.ACCEPTED: NotificationKind.QUOTE_ACCEPTED,
    QuoteLetter.DECLINED: NotificationKind.QUOTE_DECLINED,
    QuoteLetter.LOST: NotificationKind.QUOTE_LOST,
}


def _about(quote: LockedQuote) -> About:
    return About(NotificationSubjectKind.QUOTE, quote["id"])


class QuoteRecords:
    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._repository = QuoteRecordsRepository(reader)
        self._clock = clock

    async def lock(self, tx: AsyncSession, inquiry_id: UUID, *, is_open: bool) -> Sequence[LockedQuote]:
        """Return the quotes for a locked inquiry, in the order in which they were begun.

        What is `SENT` and over by the clock is `EXPIRED`, whether or not a worker has run; so is all that is `SENT` for
        an inquiry that is not open any more.
        """
        now = self._clock.now()
        return [
            {**one, "state": present_state(one["state"], now, one["expires_at"] if is_open else now)}
            for one in await self._repository.lock(tx, inquiry_id)
        ]

    async def create(
        self,
        tx: AsyncSession,
        content: QuoteContent,
        *,
        inquiry_id: UUID,
        recipient_id: UUID,
        provider_id: UUID,
        owner_id: UUID,
        number: int,
    ) -> NewQuote:
        now = self._clock.now()
        new: NewQuote = {
            **content,
            "id": new_id(),
            "inquiry_id": inquiry_id,
            "recipient_id": recipient_id,
            "provider_id": provider_id,
            "owner_id": owner_id,
            "number": number,
            "state": QuoteState.DRAFT,
            "created_at": now,
            "updated_at": now,
            "version": FIRST_VERSION,
        }
        await self._repository.insert(tx, new)
        return new

    async def edit(self, tx: AsyncSession, quote: LockedQuote, content: QuoteContent) -> None:
        next_state(QUOTE_STATE_MACHINE, quote["state"], "updateQuote")
        await self._repository.edit(tx, quote["id"], {**content, "updated_at": self._clock.now()})

    async def delete(self, tx: AsyncSession, quote: LockedQuote) -> None:
        """Delete a draft, which nobody else has seen."""
        next_state(QUOTE_STATE_MACHINE, quote["state"], "deleteQuote")
        await self._repository.delete(tx, quote["id"])

    async def send(
        self, tx: AsyncSession, quote: LockedQuote, quotes: Sequence[LockedQuote]
    ) -> tuple[QuoteChanges, LockedQuote | None]:
        """Send a draft, and end the quote of this recipient that it revises; return what changes, and that one."""
        state = next_state(QUOTE_STATE_MACHINE, quote["state"], "sendQuote")
        now = self._clock.now()
        sent: QuoteChanges = {
            "state": state,
            "sent_at": now,
            "expires_at": now + timedelta(days=quote["valid_days"]),
            "updated_at": now,
        }
        revised: LockedQuote | None = None
        for before in quotes:
            if before["recipient_id"] == quote["recipient_id"] and before["state"] is QuoteState.SENT:
                await self._repository.supersede(
                    tx,
                    before["id"],
                    {
                        "state": next_state(QUOTE_STATE_MACHINE, before["state"], "service.supersede_quote"),
                        "end_reason": QuoteEndReason.SUPERSEDED,
                        "superseded_by_id": quote["id"],
                        "closed_at": now,
                        "updated_at": now,
                    },
                )
                sent["revises_id"], revised = before["id"], before
        await self._repository.update(tx, quote["id"], sent)
        return sent, revised

    async def withdraw(self, tx: AsyncSession, quote: LockedQuote) -> None:
        await self._close(tx, quote, next_state(QUOTE_STATE_MACHINE, quote["state"], "withdrawQuote"), {})
        notify(tx, NotificationKind.QUOTE_WITHDRAWN, quote["owner_id"], _about(quote))

    async def decline(self, tx: AsyncSession, quote: LockedQuote, reason: QuoteDeclineReason, note: str | None) -> None:
        state = next_state(QUOTE_STATE_MACHINE, quote["state"], "declineQuote")
        await self._close(tx, quote, state, {"decline_reason": reason, "note": note})

    async def accept(
        self, tx: AsyncSession, quote: LockedQuote, quotes: Sequence[LockedQuote]
    ) -> tuple[QuoteChanges, Sequence[LockedQuote]]:
        """Accept a quote and end the other open ones for its inquiry; return what changes, and these."""
        accepted = await self._close(tx, quote, next_state(QUOTE_STATE_MACHINE, quote["state"], "acceptQuote"), {})
        others = [one for one in quotes if one["id"] != quote["id"] and one["state"] is QuoteState.SENT]
        for other in others:
            state = next_state(QUOTE_STATE_MACHINE, other["state"], "service.choose_another_quote")
            await self._close(tx, other, state, {"end_reason": QuoteEndReason.OTHER_CHOSEN})
        return accepted, others

    async def end_of_inquiry(self, tx: AsyncSession, inquiry_id: UUID, step: InquiryStep) -> None:
        """End all open quotes for a locked inquiry that ends without an acceptance."""
        state, now = next_state(QUOTE_STATE_MACHINE, QuoteState.SENT, step), self._clock.now()
        ended: QuoteChanges = {
            "state": state,
            "end_reason": _END_REASONS[step],
            "closed_at": now,
            "updated_at": now,
        }
        await self._repository.end_sent(tx, inquiry_id, ended)

    async def has_due(self) -> bool:
        """Return without a lock whether a quote has expired."""
        return await self._repository.has_due(self._clock.now())

    async def end_due(self, tx: AsyncSession, *, limit: int) -> int:
        """Expire quotes that are due; return their number.

        Whoever decides on one at the same time has it locked, and it is left for the next time.
        """
        due = await self._repository.lock_due(tx, self._clock.now(), limit=limit)
        for quote in due:
            await self._close(tx, quote, next_state(QUOTE_STATE_MACHINE, quote["state"], "worker.end_quotes"), {})
            for party in (quote["owner_id"], quote["provider_id"]):
                notify(tx, NotificationKind.QUOTE_EXPIRED, party, _about(quote))
            await self.record(tx, "quote.expired", NO_CLIENT, quote["id"])
        return len(due)

    async def _close(
        self, tx: AsyncSession, quote: LockedQuote, state: QuoteState, changes: QuoteChanges
    ) -> QuoteChanges:
        now = self._clock.now()
        closed: QuoteChanges = {**changes, "state": state, "closed_at": now, "updated_at": now}
        await self._repository.update(tx, quote["id"], closed)
        return closed

    @staticmethod
    async def announce(tx: AsyncSession, letter: QuoteLetter, quote: LockedQuote, *, revised: bool = False) -> None:
        """Notify and mail the party that the letter is for; a quote that `revised` another one is news of its own."""
        kind = NotificationKind.QUOTE_REVISED if revised else KINDS[letter]
        reader = quote["owner_id"] if letter is QuoteLetter.QUOTED else quote["provider_id"]
        notify(tx, kind, reader, _about(quote))
        await outbox.put(tx, TOPIC, {"letter": letter.value, "quote_id": str(quote["id"])})

    @staticmethod
    async def record(
        tx: AsyncSession,
        event: str,
        who: AnonymousClient,
        quote_id: UUID,
        data: Mapping[str, JsonValue] | None = None,
        *,
        also: Sequence[tuple[DomainEvent, UUID]] = (),
    ) -> None:
        """Record an event about a quote, ids, codes and counts and no words of anybody, with what happened by it."""
        await publish_event_of(tx, event, quote_id)
        await publish_events(tx, *also)
        await audit.record(tx, event, who, subject=("quote", quote_id), data=data or {})
