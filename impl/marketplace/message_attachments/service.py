"""Service of attachments: what may be one, how many wait for a message, who reads them, and when they go."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import IO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import PhotoState
from impl.gateways.documents import Documents
from impl.gateways.pictures import PictureFault, PictureRefused
from impl.gateways.storage import Storage, StoredFileMissing, delete_unnamed
from impl.kernel import idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, LimitReached, NotFound
from impl.kernel.ids import new_id
from impl.kernel.retention import BATCH, CleanupJob
from impl.marketplace.capabilities.attachments.tables import REMOVED, MessageAttachmentKind, NewAttachment
from impl.marketplace.capabilities.pictures.service import Audience, PictureAddresses, PictureFiles
from impl.marketplace.message_attachments.repository import AttachmentRow, MessageAttachmentRepository
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.photos.tables import PhotoContent, PhotoSubjectKind
from openapi.runtime.wire import FieldError, Reply

__all__ = ["AttachedDocument", "AttachmentRow", "MessageAttachmentsService", "attachment_key"]

MOST_WAITING: Final = 20
MOST_OF_A_THREAD: Final = 200
FORGOTTEN_AFTER: Final = timedelta(days=1)
_FOLDER: Final = "message-documents"
_PDF: Final = b"%PDF-"
_WORDS: Final = {
    PictureFault.TOO_LARGE: "must have 10 MiB at most",
    PictureFault.UNREADABLE: "cannot be read as a PDF",
}


def attachment_key(attachment_id: UUID) -> str:
    return f"{_FOLDER}/{attachment_id}"


@dataclass(frozen=True, slots=True)
class AttachedDocument:
    """A document that the caller may read."""

    row: AttachmentRow
    size: int
    chunks: AsyncGenerator[bytes, None]


class MessageAttachmentsService:
    """A thread is named as its writer knows it: by inquiry and recipient as its owner, by the inquiry as a provider."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        storage: Storage,
        documents: Documents,
        pictures: PictureFiles,
        addresses: PictureAddresses,
        photos: PhotosService,
    ) -> None:
        self._database = database
        self._repository = MessageAttachmentRepository(database.reader)
        self._clock = clock
        self._storage = storage
        self._documents = documents
        self._pictures = pictures
        self._addresses = addresses
        self._photos = photos

    async def create[ReplyT: Reply](
        self,
        caller: Caller,
        inquiry_id: UUID,
        recipient_id: UUID | None,
        *,
        name: str | None,
        file: IO[bytes],
        serialize: Callable[[AttachmentRow], ReplyT],
    ) -> ReplyT:
        """Take a file for a message to come and return its reply; an idempotency key keeps its bytes."""
        is_document = await asyncio.to_thread(_begins_as_pdf, file)
        await (self._inspect(file) if is_document else self._pictures.inspect(file))
        size = file.seek(0, 2)
        file.seek(0)
        thread_id = await self._repository.thread(caller.user_id, inquiry_id, recipient_id)
        if thread_id is None:
            raise NotFound
        kind = MessageAttachmentKind.DOCUMENT if is_document else MessageAttachmentKind.PHOTO
        new: NewAttachment = {
            "id": new_id(),
            "owner_id": caller.user_id,
            "recipient_id": thread_id,
            "kind": kind,
            "name": name,
            "size_bytes": size,
            "position": 0,
            "created_at": self._clock.now(),
        }
        reply = serialize(_seen(new))
        if is_document:
            await self._add_document(caller, new, file, reply)
            return reply
        content = PhotoContent(kind=PhotoSubjectKind.MESSAGE, subject_id=new["id"], file=file, alt_text=None)
        insert = partial(self._add, caller=caller, new=new)
        return await self._photos.add_to(new["id"], insert, caller, content, lambda _: reply)

    async def waiting(self, caller: Caller) -> Sequence[AttachmentRow]:
        """Return the caller's uploads that no message has named yet."""
        return await self._repository.all_waiting(caller.user_id, limit=MOST_WAITING)

    async def get(self, caller: Caller, attachment_id: UUID) -> AttachmentRow:
        row = await self._repository.find_own(caller.user_id, attachment_id)
        if row is None:
            raise NotFound
        return row

    async def read(self, caller: Caller, attachment_id: UUID) -> AttachedDocument:
        """Begin to read a document of one of the caller's threads."""
        return await self._open(await self.get(caller, attachment_id))

    def addresses(self, row: AttachmentRow, reader_id: UUID | None) -> Mapping[str, str] | None:
        """Return where this reader sees a photo for some minutes; without one, where staff do."""
        if row["content_hash"] is None or row["photo_state"] != PhotoState.READY:
            return None
        if reader_id is None:
            return self._addresses.signed(row["content_hash"], Audience.STAFF)
        return self._addresses.signed_for(reader_id, row["content_hash"], Audience.PARTY)

    # ---- for messages

    async def of_messages(self, message_ids: Collection[UUID]) -> Mapping[UUID, Sequence[AttachmentRow]]:
        """Return the attachments of these messages, by message id, in their order."""
        rows = await self._repository.of_messages(message_ids) if message_ids else ()
        return {
            message_id: list(group) for message_id, group in groupby(rows, lambda row: row["message_id"]) if message_id
        }

    async def attach(
        self,
        tx: AsyncSession,
        caller: Caller,
        *,
        thread_id: UUID,
        message_id: UUID,
        attachment_ids: Sequence[UUID],
        mask: Callable[[str], str],
    ) -> Sequence[AttachmentRow]:
        """Attach these to the message that the transaction writes, with their names masked."""
        if not attachment_ids:
            return ()
        found = {
            row["id"]: row for row in await self._repository.waiting(tx, caller.user_id, thread_id, attachment_ids)
        }
        _check(attachment_ids, found)
        sent: list[AttachmentRow] = []
        for position, attachment_id in enumerate(attachment_ids):
            row = found[attachment_id]
            name = None if row["name"] is None else mask(row["name"])
            now = self._clock.now()
            await self._repository.send(
                tx, attachment_id, {"message_id": message_id, "name": name, "position": position, "sent_at": now}
            )
            sent.append({**row, "message_id": message_id, "name": name})
        return sent

    async def hide(self, tx: AsyncSession, message_id: UUID) -> None:
        """Hide the attachments of a message from both sides."""
        await self._repository.hide(tx, message_id, self._clock.now())

    # ---- for staff

    async def of_message_in(self, tx: AsyncSession, message_id: UUID) -> Sequence[AttachmentRow]:
        return await self._repository.of_message_in(tx, message_id)

    async def find_document_in(self, tx: AsyncSession, message_id: UUID, attachment_id: UUID) -> AttachmentRow:
        """Return a document of the message, hidden or not."""
        row = await self._repository.one_of_message_in(tx, message_id, attachment_id)
        if row is None or row["kind"] != MessageAttachmentKind.DOCUMENT:
            raise NotFound
        return row

    async def open(self, row: AttachmentRow) -> AttachedDocument:
        """Begin to read a document; that its reader may is the caller's to know."""
        return await self._open(row)

    # ---- for the worker

    def outbox_handlers(self) -> Mapping[str, outbox.Handler]:
        return {REMOVED: self._delete_file}

    def cleanup_jobs(self) -> Mapping[str, CleanupJob]:
        return {
            "message attachments": CleanupJob(self._forget),
            "message documents": CleanupJob(self._delete_orphans),
        }

    async def _delete_file(self, message: outbox.Message) -> None:
        await self._storage.delete(attachment_key(UUID(str(message.payload["attachment_id"]))))

    async def _forget(self) -> AsyncGenerator[Mapping[str, int], None]:
        """Delete what no message has named within a day."""
        more = True
        while more:
            async with self._database.begin() as tx:
                number = await self._repository.forget(tx, self._clock.now() - FORGOTTEN_AFTER, limit=BATCH)
            more = number == BATCH
            yield {"message_attachments": number}

    async def _delete_orphans(self) -> AsyncGenerator[Mapping[str, int], None]:
        """Delete documents that no row names: only requests that did not come to their end leave some."""
        async for number in delete_unnamed(self._storage, _FOLDER, named=self._repository.existing):
            yield {"message documents": number}

    # ---- shared

    async def _add(self, tx: AsyncSession, caller: Caller, new: NewAttachment) -> None:
        await self._repository.take_turns(tx, caller.user_id)
        waiting, in_thread = await self._repository.numbers(tx, caller.user_id, new["recipient_id"])
        for number, most in ((waiting, MOST_WAITING), (in_thread, MOST_OF_A_THREAD)):
            detail = f"There are {most} attachments already."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=number, most=most)
        await self._repository.insert(tx, new)

    async def _add_document(self, caller: Caller, new: NewAttachment, file: IO[bytes], reply: Reply) -> None:
        """Store a document before the row that names it; what is not deleted at once goes with the cleanup job."""
        await self._storage.put(attachment_key(new["id"]), file)
        try:
            async with self._database.begin() as tx:
                await self._add(tx, caller, new)
                await idempotency.store_reply(tx, caller, reply)
        except (idempotency.IdempotencyKeyInFlight, LimitReached):
            await self._storage.delete(attachment_key(new["id"]))
            raise

    async def _inspect(self, file: IO[bytes]) -> None:
        try:
            await asyncio.to_thread(self._documents.inspect, file)
        except PictureRefused as refused:
            error = FieldError(refused.fault.lower(), _WORDS[refused.fault], pointer="/file")
            raise InvalidInput("The file is not accepted as a document.", errors=[error]) from refused

    async def _open(self, row: AttachmentRow) -> AttachedDocument:
        if row["kind"] != MessageAttachmentKind.DOCUMENT:
            raise NotFound
        try:
            content = await self._storage.open(attachment_key(row["id"]))
        except StoredFileMissing as missing:
            # Its sender's account was erased meanwhile.
            raise NotFound from missing
        return AttachedDocument(row, content.size, content.chunks)


def _begins_as_pdf(file: IO[bytes]) -> bool:
    file.seek(0)
    begins = file.read(len(_PDF)) == _PDF
    file.seek(0)
    return begins


def _check(attachment_ids: Sequence[UUID], found: Mapping[UUID, AttachmentRow]) -> None:
    """Refuse attachments of others, for another thread, already sent, or rejected."""
    errors: list[FieldError] = []
    for number, attachment_id in enumerate(attachment_ids):
        row = found.get(attachment_id)
        pointer = f"/attachment_ids/{number}"
        if row is None or (row["kind"] == MessageAttachmentKind.PHOTO and row["photo_state"] is None):
            errors.append(FieldError("unknown_attachment", "waits for no message of yours here", pointer=pointer))
        elif row["photo_state"] == PhotoState.REJECTED:
            errors.append(FieldError("rejected", "is no picture that can be shown", pointer=pointer))
    if errors:
        raise InvalidInput(errors=errors)


def _seen(new: NewAttachment) -> AttachmentRow:
    is_photo = new["kind"] is MessageAttachmentKind.PHOTO
    return {
        "id": new["id"],
        "recipient_id": new["recipient_id"],
        "message_id": None,
        "kind": new["kind"].value,
        "name": new["name"],
        "size_bytes": new["size_bytes"],
        "photo_state": PhotoState.PENDING.value if is_photo else None,
        "fault": None,
        "width": None,
        "height": None,
        "placeholder": None,
        "content_hash": None,
    }
