"""Attachments on the wire."""

from collections.abc import Callable, Mapping
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
from generated.states import PhotoState
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.message_attachments.service import AttachmentRow, MessageAttachmentsService

type FilesShape = Callable[[Mapping[str, str] | None], replies.PhotoFiles | None]


def disposition(row: AttachmentRow) -> str:
    """Return the header by which a browser saves the document and never shows it (RFC 6266)."""
    return f'attachment; filename="document-{row["id"]}.pdf"'


def attachment_to_wire(
    row: AttachmentRow, addresses: Mapping[str, str] | None, files: FilesShape
) -> replies.MessageAttachment:
    state = row["photo_state"]
    return {
        "id": row["id"],
        "kind": models.MessageAttachmentKind(row["kind"]),
        "name": row["name"],
        "size_bytes": row["size_bytes"],
        "photo": None
        if state is None
        else {
            "state": PhotoState(state),
            "fault": None if row["fault"] is None else models.PhotoFault(row["fault"]),
            "width": row["width"],
            "height": row["height"],
            "placeholder": row["placeholder"],
            "files": files(addresses),
        },
    }


class MessageAttachmentsHandlers(AbstractMessageAttachmentsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: MessageAttachmentsService, files: FilesShape) -> None:
        """Take the shape that photos give the addresses of their renditions."""
        self._service = service
        self._files = files

    @override
    async def list_message_attachments(self, caller: Caller) -> ListMessageAttachmentsOk:
        rows = await self._service.waiting(caller)
        return ListMessageAttachmentsOk({"items": [self._to_wire(caller, row) for row in rows]})

    def _to_wire(self, caller: Caller, row: AttachmentRow) -> replies.MessageAttachment:
        return attachment_to_wire(row, self._service.addresses(row, caller.user_id), self._files)

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
                attachment_to_wire(row, None, self._files),
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
