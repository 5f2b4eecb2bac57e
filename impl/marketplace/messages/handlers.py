"""Messages on the wire: each thread from either side, and single messages for both."""

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
from impl.kernel.paging import Cursors, capped
from impl.marketplace.messages.service import MessageRow, MessagesService


def _removal(row: MessageRow) -> models.MessageRemoval | None:
    if row["text"] is None:
        return models.MessageRemoval.ERASED
    return None if row["hidden_at"] is None else models.MessageRemoval.HIDDEN


def _to_wire(row: MessageRow) -> replies.InquiryMessage:
    removed = _removal(row)
    return {
        "id": row["id"],
        "sender": models.ThreadSide(row["sender"]),
        "text": None if removed else row["text"],
        "masked": [models.ContactKind(kind) for kind in row["masked"]],
        "removed": removed,
        "read": row["read"],
        "sent_at": row["created_at"],
    }


def _etag(row: MessageRow) -> str:
    """Return the tag of a message, which changes when it is read or removed."""
    return f'"{row["version"]}-{int(row["read"])}-{_removal(row) or ""}"'


def _location(row: MessageRow) -> str:
    return policies.GET_INQUIRY_MESSAGE.path.format(message_id=row["id"])


def _to_recipient(row: MessageRow) -> SendRecipientMessageCreated:
    return SendRecipientMessageCreated(_to_wire(row), location=_location(row), etag=_etag(row))


def _to_owner(row: MessageRow) -> SendReceivedInquiryMessageCreated:
    return SendReceivedInquiryMessageCreated(_to_wire(row), location=_location(row), etag=_etag(row))


class MessagesHandlers(AbstractMessagesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: MessagesService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

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
        return await self._service.send(caller, inquiry_id, recipient_id, body.text, _to_recipient)

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
        return await self._service.send(caller, inquiry_id, None, body.text, _to_owner)

    @override
    async def mark_received_inquiry_messages_read(
        self, caller: Caller, *, inquiry_id: UUID, body: models.ReadMarker
    ) -> MarkReceivedInquiryMessagesReadOk:
        left = await self._service.mark_read(caller, inquiry_id, None, body.last_read_id)
        return MarkReceivedInquiryMessagesReadOk({"unread_messages": left})

    @override
    async def get_inquiry_message(self, caller: Caller, *, message_id: UUID) -> GetInquiryMessageOk:
        row = await self._service.get(caller, message_id)
        return GetInquiryMessageOk(_to_wire(row), etag=_etag(row))

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
        last = page.items[-1]["number"] if page.more else None
        return {
            "items": [_to_wire(row) for row in page.items],
            "next_cursor": None if last is None else self._cursors.encode([last], scope=scope),
            **capped(total if include_total else None),
        }
