"""Successful requests to the operations of attachments."""

from __future__ import annotations

from typing import Final

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.messages.successes import Thread, thread_of
from tests.marketplace.verifications.successes import PDF

ATTACHMENTS: Final = "/message-attachments"


async def document_of(stage: Stage, thread: Thread) -> str:
    """Send a document for a message of the homeowner's and return its id."""
    texts: dict[str, tuple[str | None, str | bytes]] = {
        "inquiry_id": (None, thread.inquiry_id),
        "recipient_id": (None, thread.recipient_id),
    }
    files = {**texts, "file": ("plan.pdf", PDF)}
    made = await stage.expect(201, "POST", ATTACHMENTS, by=thread.owner, files=files)
    return str(made.json()["id"])


async def _create(stage: Stage, example: Body) -> Ready:
    thread = await thread_of(stage)
    ids = {"inquiry_id": thread.inquiry_id, "recipient_id": thread.recipient_id}
    return Ready(by=thread.owner, body={**example, **ids, "file": PDF})


async def _one(stage: Stage, _: Body) -> Ready:
    thread = await thread_of(stage)
    return Ready(by=thread.owner, ids={"attachment_id": await document_of(stage, thread)})


SUCCESSES: Entries = {
    "listMessageAttachments": _one,
    "createMessageAttachment": _create,
    "getMessageAttachment": _one,
    "getMessageAttachmentDocument": _one,
}
# Addresses of photos change by themselves, so that no reading of them has an ETag.
CHANGES_NO_ETAG = {"createMessageAttachment"}
