"""Service of messages: who may write and until when, what is masked, and how far each side has read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import INQUIRY_STATE_MACHINE, RECIPIENT_STATE_MACHINE, InquiryState, RecipientState
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidTransition, NotFound
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id
from impl.kernel.paging import Page, fetched
from impl.kernel.states import next_state, refused
from impl.marketplace.blocks.errors import check_open
from impl.marketplace.capabilities.contact_details.service import Masked, mask
from impl.marketplace.capabilities.domain_events.service import DomainEvent, publish_events
from impl.marketplace.capabilities.inquiries.service import GOING_ON, InquiryRecords, LockedInquiry
from impl.marketplace.capabilities.inquiries.tables import ThreadSide
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.notices.service import About, NotificationKind, NotificationSubjectKind, notify
from impl.marketplace.message_attachments.service import AttachmentRow, MessageAttachmentsService
from impl.marketplace.messages.repository import MessageRepository, MessageRow, ThreadRow
from impl.marketplace.messages.tables import MOST, NewMessage
from impl.marketplace.provider_profile.errors import check_not_suspended
from openapi.runtime.wire import Reply

__all__ = ["AttachmentRow", "Message", "MessageRow", "MessagesService", "ThreadSide"]

TOPIC: Final = "marketplace.message_waits"
_TEMPLATES: Final = Path(__file__).with_name("templates")
_STEPS: Final[Mapping[ThreadSide, Literal["sendRecipientMessage", "sendReceivedInquiryMessage"]]] = {
    ThreadSide.HOMEOWNER: "sendRecipientMessage",
    ThreadSide.PROVIDER: "sendReceivedInquiryMessage",
}


def _reader_of(thread: ThreadRow, sender: ThreadSide) -> UUID:
    return thread["provider_id"] if sender is ThreadSide.HOMEOWNER else thread["owner_id"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its attachments, as its reader sees it."""

    row: MessageRow
    attachments: Sequence[tuple[AttachmentRow, Mapping[str, str] | None]] = ()
    """Photos and documents, with the addresses of what there is to see."""


def _unread(new: NewMessage) -> MessageRow:
    return {
        "id": new["id"],
        "recipient_id": new["recipient_id"],
        "sender": new["sender"],
        "number": new["number"],
        "ordinal": new["ordinal"],
        "text": new["text"],
        "masked": new["masked"],
        "hidden_at": None,
        "read": False,
        "created_at": new["created_at"],
        "version": new["version"],
    }


class MessagesService:
    """A thread is named as its reader knows it: by inquiry and recipient as its owner, by the inquiry as a provider."""

    def __init__(
        self, database: Database, records: InquiryRecords, attachments: MessageAttachmentsService, clock: Clock
    ) -> None:
        self._database = database
        self._records = records
        self._attachments = attachments
        self._clock = clock
        self._repository = MessageRepository(database.reader)

    async def page(
        self, caller: Caller, inquiry_id: UUID, recipient_id: UUID | None, *, after: int | None, limit: int
    ) -> tuple[Page[Message], int]:
        """Return a page of a thread, and how many messages it has."""
        thread = await self._thread(caller, inquiry_id, recipient_id)
        found = await self._repository.page(thread["id"], after=after, limit=fetched(limit))
        page = Page.of(found, limit)
        messages = await self._with_attachments(caller, page.items)
        return Page(messages, more=page.more), thread["homeowner_messages"] + thread["provider_messages"]

    async def get(self, caller: Caller, message_id: UUID) -> Message:
        row = await self._repository.find_own(caller.user_id, message_id)
        if row is None:
            raise NotFound
        (message,) = await self._with_attachments(caller, [row])
        return message

    async def _with_attachments(self, caller: Caller, rows: Sequence[MessageRow]) -> Sequence[Message]:
        # What was removed shows nothing that went with it.
        ids = [row["id"] for row in rows if row["text"] is not None and row["hidden_at"] is None]
        found = await self._attachments.of_messages(ids)
        return [self._seen(row, found.get(row["id"], ()), caller.user_id) for row in rows]

    def _seen(self, row: MessageRow, attachments: Sequence[AttachmentRow], reader_id: UUID | None) -> Message:
        return Message(row, [(one, self._attachments.addresses(one, reader_id)) for one in attachments])

    async def send[ReplyT: Reply](
        self,
        caller: Caller,
        inquiry_id: UUID,
        recipient_id: UUID | None,
        text: str,
        serialize: Callable[[Message], ReplyT],
        *,
        attachment_ids: Sequence[UUID] = (),
    ) -> ReplyT:
        """Write a message and return its reply; an idempotency key keeps its bytes.

        The lock of the inquiry gives messages their order, and lets none follow whatever ends it.
        """
        sender = ThreadSide.PROVIDER if recipient_id is None else ThreadSide.HOMEOWNER
        async with self._database.begin() as tx:
            inquiry = await self._records.lock(tx, inquiry_id)
            thread = await self._repository.thread_in(tx, caller.user_id, inquiry_id, recipient_id)
            if thread is None:
                raise NotFound
            await self._answer(tx, caller, inquiry, thread, sender)
            number = thread["homeowner_messages"] + thread["provider_messages"]
            detail = f"A thread has at most {MOST} messages."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=number, most=MOST)
            new = self._new(caller, thread, sender, self._masked(inquiry, thread, text))
            by_homeowner = sender is ThreadSide.HOMEOWNER
            await self._repository.insert(tx, new)
            attached = await self._attachments.attach(
                tx,
                caller,
                thread_id=thread["id"],
                message_id=new["id"],
                attachment_ids=attachment_ids,
                mask=lambda name: self._masked(inquiry, thread, name).text,
            )
            if by_homeowner:
                await publish_events(tx, (DomainEvent.MESSAGE_RECEIVED, new["id"]))
            await self._records.count_message(tx, thread["id"], by_homeowner=by_homeowner, ordinal=new["ordinal"])
            if thread["provider_read" if by_homeowner else "homeowner_read"] == new["ordinal"] - 1:
                # Whoever has more to read was told already.
                about = About(NotificationSubjectKind.THREAD, thread["id"], inquiry_id)
                notify(tx, NotificationKind.MESSAGE_RECEIVED, _reader_of(thread, sender), about)
                await outbox.put(tx, TOPIC, {"recipient_id": str(thread["id"]), "sender": sender.value})
            reply = serialize(self._seen(_unread(new), attached, caller.user_id))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def mark_read(self, caller: Caller, inquiry_id: UUID, recipient_id: UUID | None, message_id: UUID) -> int:
        """Store how far the caller has read; return the number of unread messages of the other side."""
        thread = await self._thread(caller, inquiry_id, recipient_id)
        message = await self._repository.find(thread["id"], message_id)
        if message is None:
            raise NotFound("There is no such message in this thread.")
        is_homeowner = recipient_id is not None
        other = ThreadSide.PROVIDER if is_homeowner else ThreadSide.HOMEOWNER
        # Of the other side's messages, those up to this one: its own place among them, or what is left beside ours.
        of_other = message["ordinal"] if message["sender"] == other else message["number"] - message["ordinal"]
        read = thread["homeowner_read" if is_homeowner else "provider_read"]
        if of_other > read:
            async with self._database.begin() as tx:
                await self._records.mark_read(tx, thread["id"], by_homeowner=is_homeowner, read=of_other)
        return thread["provider_messages" if is_homeowner else "homeowner_messages"] - max(read, of_other)

    # ---- for staff

    async def find_reported(self, tx: AsyncSession, message_id: UUID) -> Message | None:
        """Return a reported message with its attachments, hidden or not."""
        row = await self._repository.any_in(tx, message_id)
        return None if row is None else self._seen(row, await self._attachments.of_message_in(tx, message_id), None)

    async def hide(self, tx: AsyncSession, message_id: UUID) -> None:
        """Hide a message from both sides; refuse where there is nothing to hide any more."""
        message = await self._repository.any_in(tx, message_id)
        if message is None or message["text"] is None or message["hidden_at"] is not None:
            raise InvalidTransition("HIDDEN")
        await self._repository.hide(tx, message_id, self._clock.now())
        await self._attachments.hide(tx, message_id)

    # ---- for the worker

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of the outbox messages about threads, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail, mails, Texts(_TEMPLATES))}

    async def _mail(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail the reader that there is a message, without its text, unless they have read it or are blocked."""
        thread = await self._repository.any_thread(UUID(str(message.payload["recipient_id"])))
        if thread is None:
            return
        by_homeowner = message.payload["sender"] == ThreadSide.HOMEOWNER
        sent, read = (
            (thread["homeowner_messages"], thread["provider_read"])
            if by_homeowner
            else (thread["provider_messages"], thread["homeowner_read"])
        )
        if sent == read or thread["is_blocked"]:
            return
        title = mask(thread["title"], thread["regions"]).text if by_homeowner else thread["title"]
        values = {
            "id": thread["inquiry_id"],
            "title": title,
            "by_homeowner": by_homeowner,
            "business": None if by_homeowner else thread["business_name"],
        }
        sender = ThreadSide.HOMEOWNER if by_homeowner else ThreadSide.PROVIDER
        await mails.send(
            message, NotificationKind.MESSAGE_RECEIVED, _reader_of(thread, sender), texts, "message", values=values
        )

    async def _thread(self, caller: Caller, inquiry_id: UUID, recipient_id: UUID | None) -> ThreadRow:
        thread = await self._repository.find_thread(caller.user_id, inquiry_id, recipient_id)
        if thread is None:
            raise NotFound
        return thread

    async def _answer(
        self, tx: AsyncSession, caller: Caller, inquiry: LockedInquiry, thread: ThreadRow, sender: ThreadSide
    ) -> None:
        """Refuse to write where nothing goes on any more; a provider who writes first has read."""
        step = _STEPS[sender]
        state = next_state(RECIPIENT_STATE_MACHINE, thread["state"], step)
        if inquiry["state"] not in GOING_ON:
            # The worker has still to say so of the recipient.
            raise refused(INQUIRY_STATE_MACHINE, inquiry["state"])
        # Of an accepted inquiry there is a job, whose words go on.
        is_hidden = inquiry["state"] is InquiryState.OPEN and thread["business_name"] is None
        if is_hidden and sender is ThreadSide.PROVIDER:
            check_not_suspended(thread["profile_state"])
        check_open("Nothing can be written here.", is_blocked=thread["is_blocked"] or is_hidden)
        if state is not thread["state"]:
            await self._records.move(tx, inquiry, thread, step, {"viewed_at": self._clock.now()})
            await self._records.record(tx, "inquiry.viewed", caller, inquiry["id"])

    @staticmethod
    def _masked(inquiry: LockedInquiry, thread: ThreadRow, text: str) -> Masked:
        if inquiry["state"] is InquiryState.ACCEPTED and thread["state"] is RecipientState.QUOTED:
            return Masked(text, ())
        return mask(text, thread["regions"])

    def _new(self, caller: Caller, thread: ThreadRow, sender: ThreadSide, masked: Masked) -> NewMessage:
        now = self._clock.now()
        by_homeowner = sender is ThreadSide.HOMEOWNER
        return {
            "id": new_id(),
            "recipient_id": thread["id"],
            "sender": sender,
            "sender_id": caller.user_id,
            "number": thread["homeowner_messages"] + thread["provider_messages"] + 1,
            "ordinal": thread["homeowner_messages" if by_homeowner else "provider_messages"] + 1,
            "text": masked.text,
            "masked": [kind.value for kind in masked.kinds],
            "created_at": now,
            "updated_at": now,
            "version": FIRST_VERSION,
        }
