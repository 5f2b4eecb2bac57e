"""Handlers of attachments of messages."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.message_attachments import (
    AbstractMessageAttachmentsHandlers,
    CreateMessageAttachmentCreated,
    GetMessageAttachmentDocumentOk,
    GetMessageAttachmentOk,
    ListMessageAttachmentsOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.message_attachments.service import AttachmentRow, MessageAttachmentsService
from impl.marketplace.message_attachments.wire import attachment_to_wire, disposition


class MessageAttachmentsHandlers(AbstractMessageAttachmentsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: MessageAttachmentsService) -> None:
        self._service = service

    @override
    async def list_message_attachments(self, caller: Caller) -> ListMessageAttachmentsOk:
        rows = await self._service.waiting(caller)
        return ListMessageAttachmentsOk({"items": [self._to_wire(caller, row) for row in rows]})

    def _to_wire(self, caller: Caller, row: AttachmentRow) -> replies.MessageAttachment:
        return attachment_to_wire(row, self._service.addresses(row, caller.user_id))

    @override
    async def create_message_attachment(
        self, caller: Caller, *, body: models.MessageAttachmentCreate
    ) -> CreateMessageAttachmentCreated:
        return await self._service.create(
            caller,
            body.inquiry_id,
            body.recipient_id,
            name=body.name,
            file=body.file.file,
            serialize=lambda row: CreateMessageAttachmentCreated(
                attachment_to_wire(row, None),
                location=policies.GET_MESSAGE_ATTACHMENT.path.format(attachment_id=row["id"]),
            ),
        )

    @override
    async def get_message_attachment(self, caller: Caller, *, attachment_id: UUID) -> GetMessageAttachmentOk:
        row = await self._service.get(caller, attachment_id)
        return GetMessageAttachmentOk(self._to_wire(caller, row))

    @override
    async def get_message_attachment_document(
        self, caller: Caller, *, attachment_id: UUID
    ) -> GetMessageAttachmentDocumentOk:
        document = await self._service.read(caller, attachment_id)
        return GetMessageAttachmentDocumentOk(
            document.chunks,
            size=document.size,
            media_type="application/pdf",
            content_disposition=disposition(document.row),
        )
