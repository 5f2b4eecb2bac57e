"""Attachments on the wire, which go with messages, and which staff see where they are reported."""

from collections.abc import Mapping

from generated import models, replies
from generated.states import PhotoState
from impl.marketplace.capabilities.pictures.wire import optional_files_to_wire
from impl.marketplace.message_attachments.service import AttachmentRow


def disposition(row: AttachmentRow) -> str:
    """Return the header by which a browser saves the document and never shows it (RFC 6266)."""
    return f'attachment; filename="document-{row["id"]}.pdf"'


def attachment_to_wire(row: AttachmentRow, addresses: Mapping[str, str] | None) -> replies.MessageAttachment:
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
            "files": optional_files_to_wire(addresses),
        },
    }
