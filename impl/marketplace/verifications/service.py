"""Service of licences and insurances: proven by a document, decided once by staff, and ended by their own day."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import VERIFICATION_STATE_MACHINE, VerificationState
from impl.gateways.documents import Documents
from impl.gateways.pictures import PictureFault, PictureRefused
from impl.gateways.storage import Storage, StoredFileMissing, delete_unnamed
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import audit, etags, idempotency, outbox
from impl.kernel.caller import NO_CLIENT, AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, JsonValue, LimitReached, NotFound, OwnCase
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.retention import CleanupJob
from impl.kernel.states import next_state, refused
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.verifications.repository import (
    CardRow,
    EndingRow,
    Filters,
    StaffRow,
    VerificationRepository,
    VerificationRow,
)
from impl.marketplace.verifications.tables import (
    REMOVED,
    DocumentType,
    NewVerification,
    VerificationChanges,
    VerificationContent,
    VerificationRejectionReason,
)
from openapi.runtime.wire import FieldError, Reply

__all__ = ["Filters", "StaffRow", "VerificationRow", "VerificationsService", "document_key"]

MOST: Final = 50
TOPIC: Final = "marketplace.verification_told"
REMINDED_BEFORE: Final = timedelta(days=30)
_FOLDER: Final = "verifications"
_AT_ONCE: Final = 100
_TEMPLATES: Final = Path(__file__).with_name("templates")
_WORDS: Final = {
    PictureFault.EMPTY: "is empty",
    PictureFault.UNSUPPORTED: "must be a PDF, JPEG or PNG",
    PictureFault.ANIMATED: "must not be animated",
    PictureFault.TOO_SMALL: "must have at least 16 pixels on each side",
    PictureFault.TOO_LARGE: "has too many bytes or pixels",
    PictureFault.UNREADABLE: "cannot be read",
}


class Letter(StrEnum):
    """Mail to the owner, by the name of its templates."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    REVOKED = "revoked"
    ENDING = "ending"
    EXPIRED = "expired"


_KINDS: Final = {
    Letter.VERIFIED: NotificationKind.VERIFICATION_VERIFIED,
    Letter.REJECTED: NotificationKind.VERIFICATION_REJECTED,
    Letter.REVOKED: NotificationKind.VERIFICATION_REVOKED,
    Letter.ENDING: NotificationKind.VERIFICATION_ENDING,
    Letter.EXPIRED: NotificationKind.VERIFICATION_EXPIRED,
}
# A letter is of use only while what it says is so.
_SAID_OF: Final[Mapping[Letter, VerificationState]] = {
    Letter.VERIFIED: VerificationState.VERIFIED,
    Letter.REJECTED: VerificationState.REJECTED,
    Letter.REVOKED: VerificationState.REVOKED,
    Letter.ENDING: VerificationState.VERIFIED,
    Letter.EXPIRED: VerificationState.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """Reason of a rejection, by a word of the contract and in words for the owner."""

    reason: VerificationRejectionReason
    note: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be read by whoever has asked for it."""

    row: VerificationRow
    size: int
    chunks: AsyncGenerator[bytes, None]


class VerificationsService:
    def __init__(
        self,
        *,
        database: Database,
        profiles: ProviderProfileService,
        storage: Storage,
        documents: Documents,
        clock: Clock,
    ) -> None:
        self._database = database
        self._repository = VerificationRepository(database.reader)
        self._profiles = profiles
        self._storage = storage
        self._documents = documents
        self._clock = clock

    async def cards(self, profile_ids: Collection[UUID]) -> Mapping[UUID, CardRow]:
        """Return what listings show of these businesses beside their names, by their ids."""
        rows = await self._repository.cards({*profile_ids}, self._today()) if profile_ids else ()
        return {row["id"]: row for row in rows}

    # ---- for the owner

    async def own_page(self, caller: Caller, *, after: Moment | None, limit: int) -> Page[VerificationRow]:
        return Page.of(await self._repository.own_page(caller.user_id, after=after, limit=fetched(limit)), limit)

    async def own_count(self, caller: Caller) -> int:
        return await self._repository.own_count(caller.user_id)

    async def get_own(self, caller: Caller, verification_id: UUID) -> VerificationRow:
        return _found(await self._repository.find_own(caller.user_id, verification_id))

    async def create[ReplyT: Reply](
        self,
        caller: Caller,
        content: VerificationContent,
        file: IO[bytes],
        serialize: Callable[[NewVerification], ReplyT],
    ) -> ReplyT:
        """Take a licence or insurance and return its reply; an idempotency key keeps its bytes.

        The document is stored before the row that names it. Whatever goes wrong after that leaves a file that nothing
        names; what is not deleted at once goes with the cleanup job.
        """
        document_type = await self._inspect(file)
        ends = content["expires_date"]
        if ends is not None and ends < self._today():
            detail = "has passed"
            raise InvalidInput(errors=[FieldError("in_the_past", detail, pointer="/expires_date")])
        now = self._clock.now()
        new: NewVerification = {
            **content,
            "id": new_id(),
            "owner_id": caller.user_id,
            "document_type": document_type,
            "document_bytes": file.seek(0, 2),
            "state": VerificationState.PENDING,
            "created_at": now,
            "updated_at": now,
            "version": etags.FIRST_VERSION,
        }
        file.seek(0)
        reply = serialize(new)
        await self._storage.put(document_key(new["id"]), file)
        try:
            async with self._database.begin() as tx:
                await self._repository.take_turns(tx, caller.user_id)
                number = await self._repository.number(tx, caller.user_id)
                detail = f"You have sent in {MOST} already. Withdraw one first."
                await idempotency.refuse_beyond(self._database.reader, caller, detail, number=number, most=MOST)
                await self._repository.insert(tx, new)
                await _record(tx, "verification.submitted", caller, new["id"])
                await idempotency.store_reply(tx, caller, reply)
        except (idempotency.IdempotencyKeyInFlight, LimitReached):
            # After any other error the commit may have happened: what no row names is left to the cleanup job.
            await self._storage.delete(document_key(new["id"]))
            raise
        return reply

    async def withdraw(self, caller: Caller, verification_id: UUID, *, if_match: str | None) -> None:
        """Delete it in any state, with its document."""
        async with self._database.begin() as tx:
            row = _found(await self._repository.lock_own(tx, caller.user_id, verification_id))
            etags.check(if_match, row["version"])
            await self._repository.delete(tx, verification_id)
            if row["state"] == VerificationState.VERIFIED:
                await self._profiles.touch_verifications(tx, caller.user_id)
            await _record(tx, "verification.withdrawn", caller, verification_id, state=row["state"])

    async def read_own(self, caller: Caller, verification_id: UUID) -> Document:
        """Begin to read the document that the caller has sent; the event is there before its first byte."""
        async with self._database.begin() as tx:
            row = _found(await self._repository.own_in(tx, caller.user_id, verification_id))
            await _record(tx, "verification.document_read", caller, verification_id)
        return await self._open(row)

    # ---- for staff

    async def page(
        self, caller: Caller, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Page[StaffRow]:
        found = await self._repository.page(filters, descending=descending, after=after, limit=fetched(limit))
        page = Page.of(found, limit)
        async with self._database.begin() as tx:
            verifications = audit.listed(row["id"] for row in page.items)
            await audit.record(tx, "verification.listed", caller, data={"verifications": verifications})
        return page

    async def count(self, filters: Filters) -> int:
        return await self._repository.count(filters)

    async def get(self, caller: Caller, verification_id: UUID) -> StaffRow:
        async with self._database.begin() as tx:
            row = _found(await self._repository.find_in(tx, verification_id))
            await _record(tx, "verification.read", caller, verification_id, owner_id=str(row["owner_id"]))
        return row

    async def read(self, caller: Caller, verification_id: UUID) -> Document:
        """Begin to read a provider's document; the event is there before its first byte."""
        async with self._database.begin() as tx:
            row = _found(await self._repository.find_in(tx, verification_id))
            await _record(tx, "verification.document_read", caller, verification_id, owner_id=str(row["owner_id"]))
        return await self._open(row)

    async def decide(self, caller: Caller, verification_id: UUID, rejection: Rejection | None) -> StaffRow:
        """Verify it, or reject it; of two who decide at once, the second one is told the state."""
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, verification_id)
            outcome = VerificationState.VERIFIED if rejection is None else VerificationState.REJECTED
            present = VerificationState(row["state"])
            state = next_state(VERIFICATION_STATE_MACHINE, present, "decideVerification", to=outcome)
            if rejection is None:
                ends = row["expires_date"]
                if ends is not None and ends < self._today():
                    # What waited for too long: its owner has to send in the next one.
                    raise refused(VERIFICATION_STATE_MACHINE, VerificationState.EXPIRED)
                changes: VerificationChanges = {"state": state}
                await self._profiles.touch_verifications(tx, row["owner_id"])
                letter = Letter.VERIFIED
            else:
                changes = {
                    "state": state,
                    "rejection_reason": rejection.reason,
                    "note": rejection.note,
                }
                letter = Letter.REJECTED
            return await self._settle(
                tx, caller, row, changes, letter=letter, event="verification.decided", verified=rejection is None
            )

    async def revoke(self, caller: Caller, verification_id: UUID, note: str) -> StaffRow:
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, verification_id)
            state = next_state(VERIFICATION_STATE_MACHINE, VerificationState(row["state"]), "revokeVerification")
            changes: VerificationChanges = {"state": state, "note": note}
            await self._profiles.touch_verifications(tx, row["owner_id"])
            return await self._settle(tx, caller, row, changes, letter=Letter.REVOKED, event="verification.revoked")

    # ---- for the worker

    async def attend_ends(self) -> bool:
        """End what has ended, and remind of what will; return whether more waits.

        Nothing depends on when this is done: what has ended is not shown from its day on.
        """
        today = self._today()
        soon = today + REMINDED_BEFORE
        if not await self._repository.has_due(today, soon):
            return False
        async with self._database.begin() as tx:
            due = await self._repository.lock_due(tx, today, soon, limit=_AT_ONCE)
            # Two workers that change several businesses each take them in one order.
            for row in sorted(due, key=lambda row: row["owner_id"]):
                await self._attend_end(tx, row, today)
        return len(due) == _AT_ONCE

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of this feature's outbox messages, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail, mails, Texts(_TEMPLATES)), REMOVED: self._delete_document}

    def cleanup_jobs(self) -> Mapping[str, CleanupJob]:
        return {"verification documents": CleanupJob(self._delete_orphans)}

    async def _attend_end(self, tx: AsyncSession, row: EndingRow, today: date) -> None:
        ends = row["expires_date"]
        if ends is None or ends >= today:
            await self._repository.set_reminded(tx, row["id"], self._clock.now())
            await _tell(tx, Letter.ENDING, row)
            return
        state = next_state(VERIFICATION_STATE_MACHINE, VerificationState.VERIFIED, "worker.end_verifications")
        ended: VerificationChanges = {"state": state, "updated_at": self._clock.now()}
        await self._repository.update(tx, row["id"], ended)
        await self._profiles.touch_verifications(tx, row["owner_id"])
        await _record(tx, "verification.expired", NO_CLIENT, row["id"], owner_id=str(row["owner_id"]))
        await _tell(tx, Letter.EXPIRED, row)

    async def _mail(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail the owner, unless the letter is out of date."""
        letter = Letter(str(message.payload["letter"]))
        row = await self._repository.find(UUID(str(message.payload["verification_id"])))
        if row is None or row["state"] != _SAID_OF[letter]:
            return
        ends = row["expires_date"]
        values = {
            "kind": row["kind"],
            "title": row["title"],
            "number": row["number"],
            "authority": row["authority"],
            "ends": ends,
            "reason": row["rejection_reason"],
            "note": row["note"],
        }
        await mails.send(message, _KINDS[letter], row["owner_id"], texts, letter, values=values)

    async def _delete_document(self, message: outbox.Message) -> None:
        await self._storage.delete(document_key(UUID(str(message.payload["verification_id"]))))

    async def _delete_orphans(self) -> AsyncGenerator[Mapping[str, int], None]:
        """Delete documents that no row names: only requests that did not come to their end leave some."""
        async for number in delete_unnamed(self._storage, _FOLDER, named=self._repository.existing):
            yield {"documents": number}

    # ---- shared

    async def _inspect(self, file: IO[bytes]) -> DocumentType:
        try:
            return DocumentType(await asyncio.to_thread(self._documents.inspect, file))
        except PictureRefused as refused:
            error = FieldError(refused.fault.lower(), _WORDS[refused.fault], pointer="/document")
            raise InvalidInput("The document is not accepted.", errors=[error]) from refused

    async def _open(self, row: VerificationRow) -> Document:
        try:
            content = await self._storage.open(document_key(row["id"]))
        except StoredFileMissing as missing:
            # It was withdrawn meanwhile.
            raise NotFound from missing
        return Document(row, content.size, content.chunks)

    async def _lock(self, tx: AsyncSession, caller: Caller, verification_id: UUID) -> VerificationRow:
        """Return it, locked, if it is not the caller's own."""
        row = _found(await self._repository.lock(tx, verification_id))
        if row["owner_id"] == caller.user_id:
            raise OwnCase
        return row

    async def _settle(
        self,
        tx: AsyncSession,
        caller: Caller,
        row: VerificationRow,
        changes: VerificationChanges,
        *,
        letter: Letter,
        event: str,
        **data: JsonValue,
    ) -> StaffRow:
        now = self._clock.now()
        decided: VerificationChanges = {**changes, "decided_by": caller.user_id, "decided_at": now, "updated_at": now}
        await self._repository.update(tx, row["id"], decided)
        await _record(tx, event, caller, row["id"], owner_id=str(row["owner_id"]), **data)
        await _tell(tx, letter, row)
        return _found(await self._repository.find_in(tx, row["id"]))

    def _today(self) -> date:
        return self._clock.now().date()


def _found[RowT](row: RowT | None) -> RowT:
    if row is None:
        raise NotFound
    return row


def document_key(verification_id: UUID) -> str:
    """Return where the storage has the document."""
    return f"{_FOLDER}/{verification_id}"


async def _record(tx: AsyncSession, event: str, who: AnonymousClient, verification_id: UUID, **data: JsonValue) -> None:
    await audit.record(tx, event, who, subject=("verification", verification_id), data=data)


async def _tell(tx: AsyncSession, letter: Letter, row: VerificationRow | EndingRow) -> None:
    notify(tx, _KINDS[letter], row["owner_id"], About(NotificationSubjectKind.VERIFICATION, row["id"]))
    await outbox.put(tx, TOPIC, {"letter": letter.value, "verification_id": str(row["id"])})
