"""Service of inboxes: the first reading is seen by whoever asks, and an inquiry is declined once.

Contact details in the words of either side are masked here: an inquiry's when they are read, since its owner keeps
their own, and those of a note when it is written.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import InquiryState, RecipientState
from impl.kernel import etags
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import JsonValue, NotFound
from impl.kernel.paging import Moment, Page, fetched
from impl.marketplace.blocks.errors import check_open
from impl.marketplace.capabilities.contact_details.service import mask
from impl.marketplace.capabilities.inquiries.service import InquiryRecords, present_state, steps_of_recipient
from impl.marketplace.capabilities.inquiries.tables import RecipientChanges, RecipientDeclineReason
from impl.marketplace.received_inquiries.repository import PartyRow, ReceivedInquiryRepository, ReceivedRow, SummaryRow

__all__ = ["ReceivedInquiriesService", "ReceivedRow", "SummaryRow", "edition"]


# Not shown, nor to be found by trying out what makes the same ETag: a border may cross the area.
_UNSHOWN: Final = {"regions", "is_blocked"}


def edition(row: ReceivedRow, now: datetime) -> str:
    """Return the text behind the ETag, which changes with whatever is shown, the area of the property included.

    The version of the inquiry is not in it: each step of another recipient changes that, and is not this one's to know.
    """
    shown = {name: value for name, value in row.items() if name not in _UNSHOWN}
    return etags.edition(row["version"], {**shown, "possible": possible_steps(row, now)})


def possible_steps(row: SummaryRow, now: datetime) -> list[str]:
    """Return the steps that the states leave to the recipient, by their operations."""
    inquiry_state = present_state(InquiryState(row["inquiry_state"]), row["expires_at"], now)
    return steps_of_recipient(RecipientState(row["state"]), inquiry_state)


def _is_agreed(row: SummaryRow) -> bool:
    """Return whether its owner has accepted what this provider has quoted."""
    return row["inquiry_state"] == InquiryState.ACCEPTED and row["state"] == RecipientState.QUOTED


def _summary(row: SummaryRow) -> SummaryRow:
    if _is_agreed(row):
        return row
    return {**row, "title": mask(row["title"], row["regions"]).text}


def _whole(row: ReceivedRow) -> ReceivedRow:
    if _is_agreed(row):
        return row
    regions = row["regions"]

    def masked(answer: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        text = answer.get("text")
        return {**answer, "text": mask(text, regions).text} if isinstance(text, str) else answer

    return {
        **row,
        "title": mask(row["title"], regions).text,
        "details": mask(row["details"], regions).text,
        "answers": [masked(answer) for answer in row["answers"]],
    }


class ReceivedInquiriesService:
    def __init__(self, database: Database, records: InquiryRecords, clock: Clock) -> None:
        self._database = database
        self._records = records
        self._clock = clock
        self._repository = ReceivedInquiryRepository(database.reader)

    async def page(
        self, caller: Caller, state: RecipientState | None, *, after: Moment | None, limit: int
    ) -> Page[SummaryRow]:
        page = Page.of(await self._repository.page(caller.user_id, state, after=after, limit=fetched(limit)), limit)
        return Page([_summary(row) for row in page.items], more=page.more)

    async def count(self, caller: Caller, state: RecipientState | None) -> int:
        return await self._repository.count(caller.user_id, state)

    async def party(self, caller: Caller, inquiry_id: UUID) -> PartyRow:
        """Return the caller as a recipient of an inquiry that they may read."""
        row = await self._repository.find_party(caller.user_id, inquiry_id)
        if row is None:
            raise NotFound
        return row

    async def is_read_by(self, recipient_id: str, inquiry_id: UUID) -> bool:
        """Return whether this recipient may read the inquiry now."""
        return await self._repository.is_party(UUID(recipient_id), inquiry_id)

    async def read(self, caller: Caller, inquiry_id: UUID) -> ReceivedRow:
        """Return an inquiry; the first reading of an open one is noted, every other one only reads."""
        row = await self._repository.find(caller.user_id, inquiry_id)
        if row is None:
            raise NotFound
        if row["state"] != RecipientState.SENT or row["inquiry_state"] != InquiryState.OPEN:
            return _whole(row)
        async with self._database.begin() as tx:
            inquiry, recipient = await self._records.lock_for(tx, inquiry_id, caller.user_id)
            # Of two first readings at once the second one finds it viewed; one whose time is over stays as it is.
            if recipient["state"] is RecipientState.SENT and inquiry["state"] is InquiryState.OPEN:
                viewed: RecipientChanges = {"viewed_at": self._clock.now()}
                await self._records.move(tx, inquiry, recipient, "getReceivedInquiry", viewed)
                await self._records.record(tx, "inquiry.viewed", caller, inquiry_id)
            return await self._found(tx, caller, inquiry_id)

    async def decline(
        self,
        caller: Caller,
        inquiry_id: UUID,
        reason: RecipientDeclineReason,
        note: str | None,
        *,
        if_match: str | None,
    ) -> ReceivedRow:
        async with self._database.begin() as tx:
            inquiry, recipient = await self._records.lock_for(tx, inquiry_id, caller.user_id)
            row = await self._repository.find_locked(tx, caller.user_id, inquiry_id)
            if row is None:
                raise NotFound
            etags.check(if_match, edition(_whole(row), self._clock.now()))
            self._records.check(inquiry, recipient, "declineInquiry")
            if note is not None:
                check_open("Nothing can be written here. Decline it without a note.", is_blocked=row["is_blocked"])
            shown = None if note is None else mask(note, row["regions"]).text
            declined: RecipientChanges = {"decline_reason": reason, "note": shown}
            await self._records.decline(tx, caller, inquiry, recipient, declined)
            await self._records.announce_declined(tx, inquiry, recipient)
            await self._records.record(tx, "inquiry.declined", caller, inquiry_id)
            return await self._found(tx, caller, inquiry_id)

    async def _found(self, tx: AsyncSession, caller: Caller, inquiry_id: UUID) -> ReceivedRow:
        row = await self._repository.find_in(tx, caller.user_id, inquiry_id)
        if row is None:
            raise NotFound
        return _whole(row)
