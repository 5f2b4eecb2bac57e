"""Handlers of messages: of each thread from either side, and of single messages for both."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.messages import (
    AbstractMessagesHandlers,
    GetInquiryMessageOk,
    ListReceivedInquiryMessagesOk,
    ListRecipientMessagesOk,
    MarkReceivedInquiryMessagesReadOk,
    MarkRecipientMessagesReadOk,
    SendReceivedInquiryMessageCreated,
    SendRecipientMessageCreated,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.etags import edition
from impl.kernel.paging import Cursors, capped
from impl.marketplace.message_attachments.wire import attachment_to_wire
from impl.marketplace.messages.service import Message, MessageRow, MessagesService


def _removal(row: MessageRow) -> models.MessageRemoval | None:
    if row["text"] is None:
        return models.MessageRemoval.ERASED
    return None if row["hidden_at"] is None else models.MessageRemoval.HIDDEN


def _location(message: Message) -> str:
    return policies.GET_INQUIRY_MESSAGE.path.format(message_id=message.row["id"])


class MessagesHandlers(AbstractMessagesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: MessagesService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    def _to_wire(self, message: Message) -> replies.InquiryMessage:
        row = message.row
        removed = _removal(row)
        return {
            "id": row["id"],
            "sender": models.ThreadSide(row["sender"]),
            "text": None if removed else row["text"],
            "masked": [models.ContactKind(kind) for kind in row["masked"]],
            "removed": removed,
            "attachments": [attachment_to_wire(*attachment) for attachment in message.attachments],
            "read": row["read"],
            "sent_at": row["created_at"],
        }

    def _reply(self, message: Message) -> tuple[replies.InquiryMessage, str]:
        """Return a message and its tag, which changes with all that is shown: old addresses show no photo any more."""
        body = self._to_wire(message)
        return body, f'"{edition(message.row["version"], body)}"'

    def _to_recipient(self, message: Message) -> SendRecipientMessageCreated:
        body, etag = self._reply(message)
        return SendRecipientMessageCreated(body, location=_location(message), etag=etag)

    def _to_owner(self, message: Message) -> SendReceivedInquiryMessageCreated:
        body, etag = self._reply(message)
        return SendReceivedInquiryMessageCreated(body, location=_location(message), etag=etag)

    @override
    async def list_recipient_messages(
        self,
        caller: Caller,
        *,
        inquiry_id: UUID,
        recipient_id: UUID,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListRecipientMessagesOk:
        return ListRecipientMessagesOk(
            await self._page(caller, inquiry_id, recipient_id, limit=limit, cursor=cursor, include_total=include_total)
        )

    @override
    async def send_recipient_message(
        self, caller: Caller, *, inquiry_id: UUID, recipient_id: UUID, body: models.InquiryMessageCreate
    ) -> SendRecipientMessageCreated:
        return await self._service.send(
            caller, inquiry_id, recipient_id, body.text, self._to_recipient, attachment_ids=body.attachment_ids or ()
        )

    @override
    async def mark_recipient_messages_read(
        self, caller: Caller, *, inquiry_id: UUID, recipient_id: UUID, body: models.ReadMarker
    ) -> MarkRecipientMessagesReadOk:
        left = await self._service.mark_read(caller, inquiry_id, recipient_id, body.last_read_id)
        return MarkRecipientMessagesReadOk({"unread_messages": left})

    @override
    async def list_received_inquiry_messages(
        self, caller: Caller, *, inquiry_id: UUID, limit: int, cursor: str | None, include_total: bool
    ) -> ListReceivedInquiryMessagesOk:
        return ListReceivedInquiryMessagesOk(
            await self._page(caller, inquiry_id, None, limit=limit, cursor=cursor, include_total=include_total)
        )

    @override
    async def send_received_inquiry_message(
        self, caller: Caller, *, inquiry_id: UUID, body: models.InquiryMessageCreate
    ) -> SendReceivedInquiryMessageCreated:
        return await self._service.send(
            caller, inquiry_id, None, body.text, self._to_owner, attachment_ids=body.attachment_ids or ()
        )

    @override
    async def mark_received_inquiry_messages_read(
        self, caller: Caller, *, inquiry_id: UUID, body: models.ReadMarker
    ) -> MarkReceivedInquiryMessagesReadOk:
        left = await self._service.mark_read(caller, inquiry_id, None, body.last_read_id)
        return MarkReceivedInquiryMessagesReadOk({"unread_messages": left})

    @override
    async def get_inquiry_message(self, caller: Caller, *, message_id: UUID) -> GetInquiryMessageOk:
        body, etag = self._reply(await self._service.get(caller, message_id))
        return GetInquiryMessageOk(body, etag=etag)

    async def _page(
        self,
        caller: Caller,
        inquiry_id: UUID,
        recipient_id: UUID | None,
        *,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> replies.InquiryMessagePage:
        scope = f"messages {caller.user_id} {inquiry_id} {recipient_id}"
        after = None if cursor is None else int(str(self._cursors.decode(cursor, scope=scope)[0]))
        page, total = await self._service.page(caller, inquiry_id, recipient_id, after=after, limit=limit)
        last = page.items[-1].row["number"] if page.more else None
        return {
            "items": [self._to_wire(message) for message in page.items],
            "next_cursor": None if last is None else self._cursors.encode([last], scope=scope),
            **capped(total if include_total else None),
        }
