# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The message-attachments operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, FormMedia, NoBody
from openapi.runtime.forms import MultipartForm
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import FileReply, Reply

_MESSAGE_ATTACHMENT_LIST: JsonWriter[replies.MessageAttachmentList] = JsonWriter(replies.MessageAttachmentList)
_MESSAGE_ATTACHMENT: JsonWriter[replies.MessageAttachment] = JsonWriter(replies.MessageAttachment)


class ListMessageAttachmentsOk(Reply):
    """The unused attachments."""

    __slots__ = ()

    def __init__(self, body: replies.MessageAttachmentList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MESSAGE_ATTACHMENT_LIST.dump_json(body))


class CreateMessageAttachmentCreated(Reply):
    """The attachment waits for its message."""

    __slots__ = ()

    def __init__(self, body: replies.MessageAttachment, *, location: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location}, _MESSAGE_ATTACHMENT.dump_json(body)
        )


class GetMessageAttachmentOk(Reply):
    """The attachment."""

    __slots__ = ()

    def __init__(self, body: replies.MessageAttachment) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MESSAGE_ATTACHMENT.dump_json(body))


class GetMessageAttachmentDocumentOk(FileReply):
    """The document, as it was sent."""

    __slots__ = ()

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        size: int,
        media_type: Literal["application/pdf"],
        content_disposition: str,
    ) -> None:
        super().__init__(
            200, {"content-type": media_type, "content-disposition": content_disposition}, chunks, size=size
        )


class AbstractMessageAttachmentsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged message-attachments."""

    @abstractmethod
    async def list_message_attachments(self, caller: CallerT) -> ListMessageAttachmentsOk:
        """List my attachments that no message has used yet.

        The caller's unused attachments of all threads, the newest first. An attachment that no message names within a day is deleted.
        """

    @abstractmethod
    async def create_message_attachment(
        self, caller: CallerT, *, body: models.MessageAttachmentCreate
    ) -> CreateMessageAttachmentCreated:
        """Upload a photo or a document for a message.

        A form with the file and its thread: the inquiry, and, if the owner of the inquiry sends it, the recipient. A PDF of at most 10 MiB becomes a `DOCUMENT`, a JPEG, PNG or
        WebP of at most 12 MiB a `PHOTO`. The type is read from the first bytes; the file's name is ignored. A photo is re-encoded in several sizes without its
        metadata (place, camera), and is then `READY`. Only the sender sees an attachment until a message names it in `attachment_ids`. One that no message names within a day is deleted.

        - 422: another type, or a damaged file; `code` of the error at `/file` is the `PhotoFault` in lower case.
        - 404: the caller has no such thread.
        - 409 `limit-reached`: 20 attachments wait for a message, or the caller has sent 200 in this thread.
        - 429: the caller has uploaded 100 within a day.
        """

    @abstractmethod
    async def get_message_attachment(self, caller: CallerT, *, attachment_id: UUID) -> GetMessageAttachmentOk:
        """Get an attachment of one of my threads.

        For its sender, and once it was sent for the other side. URLs of photos are the caller's own and expire after some minutes. 404: staff have hidden its
        message.
        """

    @abstractmethod
    async def get_message_attachment_document(
        self, caller: CallerT, *, attachment_id: UUID
    ) -> GetMessageAttachmentDocumentOk:
        """Download a document of one of my threads.

        The unchanged file, with headers that make the browser save it instead of showing it. 404 for a photo too.
        """


_LIST_MESSAGE_ATTACHMENTS = Inputs(Parameters(NoParameters), NoBody())

_CREATE_MESSAGE_ATTACHMENT = Inputs(
    Parameters(parameters.CreateMessageAttachmentParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.MessageAttachmentCreate](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.MessageAttachmentCreate),
                MultipartForm(
                    {"file": Field(), "inquiry_id": Field(), "recipient_id": Field(), "name": Field()},
                    files=frozenset(["file"]),
                ),
            )
        },
        max_size=12713984,
    ),
)

_GET_MESSAGE_ATTACHMENT = Inputs(
    Parameters(parameters.GetMessageAttachmentParameters, path={"attachment_id": Field()}), NoBody()
)

_GET_MESSAGE_ATTACHMENT_DOCUMENT = Inputs(
    Parameters(parameters.GetMessageAttachmentDocumentParameters, path={"attachment_id": Field()}), NoBody()
)


def build_router[CallerT, ClientT](
    handlers: AbstractMessageAttachmentsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractMessageAttachmentsHandlers, handlers)

    async def list_message_attachments(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_MESSAGE_ATTACHMENTS)
        await _LIST_MESSAGE_ATTACHMENTS.read(request)
        return await handlers.list_message_attachments(caller)

    async def create_message_attachment(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_MESSAGE_ATTACHMENT)
        given = await _CREATE_MESSAGE_ATTACHMENT.read(request)
        claimed = await guard.once(request, policies.CREATE_MESSAGE_ATTACHMENT, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_message_attachment(claimed, body=given.body)

    async def get_message_attachment(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_MESSAGE_ATTACHMENT)
        given = await _GET_MESSAGE_ATTACHMENT.read(request)
        return await handlers.get_message_attachment(caller, attachment_id=given.parameters.attachment_id)

    async def get_message_attachment_document(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_MESSAGE_ATTACHMENT_DOCUMENT)
        given = await _GET_MESSAGE_ATTACHMENT_DOCUMENT.read(request)
        return await handlers.get_message_attachment_document(caller, attachment_id=given.parameters.attachment_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_MESSAGE_ATTACHMENTS, list_message_attachments),
            OperationRoute(policies.CREATE_MESSAGE_ATTACHMENT, create_message_attachment),
            OperationRoute(policies.GET_MESSAGE_ATTACHMENT, get_message_attachment),
            OperationRoute(policies.GET_MESSAGE_ATTACHMENT_DOCUMENT, get_message_attachment_document),
        ]
    )
    return router
