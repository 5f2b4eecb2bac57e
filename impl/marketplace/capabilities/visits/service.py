"""News of visits, and their ends inside the transactions that end what they are for.

Whoever changes a visit locks it, and whoever ends an inquiry has locked that before: of an acceptance and the end of
its inquiry, one finds the state that the other has left.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import VISIT_STATE_MACHINE, VisitState
from impl.kernel import audit, outbox
from impl.kernel.caller import AnonymousClient
from impl.kernel.clock import Clock
from impl.kernel.errors import JsonValue
from impl.kernel.states import next_state
from impl.marketplace.capabilities.domain_events.service import publish_event_of
from impl.marketplace.capabilities.inquiries.tables import ThreadSide
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.capabilities.visits.repository import LockedVisit, VisitRecordsRepository
from impl.marketplace.capabilities.visits.tables import VisitChanges, VisitEndReason

TOPIC: Final = "marketplace.visit_told"

type EndStep = Literal[
    "declineInquiry", "withdrawInquiry", "worker.end_inquiries", "acceptQuote", "cancelJob", "service.close_account"
]

_REASONS: Final[dict[EndStep, VisitEndReason]] = {
    "declineInquiry": VisitEndReason.INQUIRY_DECLINED,
    "withdrawInquiry": VisitEndReason.INQUIRY_WITHDRAWN,
    "worker.end_inquiries": VisitEndReason.INQUIRY_EXPIRED,
    "acceptQuote": VisitEndReason.OTHER_CHOSEN,
    "cancelJob": VisitEndReason.JOB_CANCELLED,
    "service.close_account": VisitEndReason.ACCOUNT_CLOSED,
}


class Letter(StrEnum):
    """Mail about a visit, by the name of its words."""

    REQUESTED = "requested"
    BOOKED = "booked"
    DECLINED = "declined"
    CANCELLED = "cancelled"


KINDS: Final = {
    Letter.REQUESTED: NotificationKind.VISIT_REQUESTED,
    Letter.BOOKED: NotificationKind.VISIT_BOOKED,
    Letter.DECLINED: NotificationKind.VISIT_DECLINED,
    Letter.CANCELLED: NotificationKind.VISIT_CANCELLED,
}


class Sides(TypedDict):
    """Visit with the accounts of its sides; a row may have more columns."""

    id: UUID
    owner_id: UUID
    provider_id: UUID


class VisitRecords:
    def __init__(self, clock: Clock) -> None:
        self._repository = VisitRecordsRepository()
        self._clock = clock

    async def end_of_inquiry(
        self,
        tx: AsyncSession,
        who: AnonymousClient,
        inquiry_id: UUID,
        step: EndStep,
        *,
        by: ThreadSide | None,
        chosen_id: UUID | None = None,
    ) -> None:
        """Cancel the visits of an inquiry that have not begun, but for those of a recipient who is chosen.

        `by` is the side that has taken the step; None tells both sides, of what nobody has done.
        """
        visits = await self._repository.lock_of_inquiry(tx, inquiry_id)
        for visit in visits:
            if visit["recipient_id"] == chosen_id:
                next_state(VISIT_STATE_MACHINE, visit["state"], step, to=visit["state"])
            else:
                await self._end(tx, who, visit, step, by)

    async def end_of_recipient(self, tx: AsyncSession, who: AnonymousClient, recipient_id: UUID) -> None:
        """Cancel the visits of a recipient who declines the inquiry."""
        for visit in await self._repository.lock_of_recipient(tx, recipient_id):
            await self._end(tx, who, visit, "declineInquiry", ThreadSide.PROVIDER)

    async def end_of_account(self, tx: AsyncSession, who: AnonymousClient, person_id: UUID) -> None:
        """Cancel the visits of a person whose account is closed."""
        for visit in await self._repository.lock_of_person(tx, person_id):
            by = ThreadSide.HOMEOWNER if visit["owner_id"] == person_id else ThreadSide.PROVIDER
            await self._end(tx, who, visit, "service.close_account", by)

    async def _end(
        self, tx: AsyncSession, who: AnonymousClient, visit: LockedVisit, step: EndStep, by: ThreadSide | None
    ) -> None:
        """Cancel a visit, unless it was booked and has begun."""
        now = self._clock.now()
        has_begun = visit["state"] is VisitState.BOOKED and visit["starts_at"] <= now
        target = VisitState.BOOKED if has_begun else VisitState.CANCELLED
        state = next_state(VISIT_STATE_MACHINE, visit["state"], step, to=target)
        if has_begun:
            return
        changes: VisitChanges = {"state": state, "end_reason": _REASONS[step], "updated_at": now}
        if by is not None:
            changes["cancelled_by"] = by
        await self._repository.update(tx, visit["id"], changes)
        await self.announce(tx, Letter.CANCELLED, visit, by=by)
        await self.record(tx, "visit.cancelled", who, visit["id"], {"reason": _REASONS[step].value})

    @staticmethod
    async def announce(tx: AsyncSession, letter: Letter, visit: Sides, *, by: ThreadSide | None) -> None:
        """Notify and mail the side that has not acted itself."""
        parties = {ThreadSide.HOMEOWNER: visit["owner_id"], ThreadSide.PROVIDER: visit["provider_id"]}
        for side, account_id in parties.items():
            if side is not by:
                notify(tx, KINDS[letter], account_id, About(NotificationSubjectKind.VISIT, visit["id"]))
                message = {"letter": letter.value, "visit_id": str(visit["id"]), "reader": side.value}
                await outbox.put(tx, TOPIC, message)

    @staticmethod
    async def record(
        tx: AsyncSession, event: str, who: AnonymousClient, visit_id: UUID, data: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Record an event about a visit, and what happened by it."""
        await publish_event_of(tx, event, visit_id)
        await audit.record(tx, event, who, subject=("visit", visit_id), data=data or {})
