"""Messages of the demo: threads of the first homeowner, with something to read for each side, and a document."""

from datetime import timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.demo.rows import ATTACHMENTS, MESSAGES, RECIPIENTS, Values, add, numbered, stamps
from impl.demo.verifications import PDF
from impl.gateways.storage import Storage
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.attachments.tables import MessageAttachment, MessageAttachmentKind
from impl.marketplace.capabilities.inquiries.tables import InquiryRecipient, ThreadSide
from impl.marketplace.message_attachments.service import attachment_key
from impl.marketplace.messages.tables import InquiryMessage

# It goes with the last message.
DOCUMENT: Final = numbered(ATTACHMENTS + 1)
_OWNER, _PROVIDER = ThreadSide.HOMEOWNER, ThreadSide.PROVIDER
# Recipient, provider, and who wrote what; all but the last message is read.
type _Thread = tuple[int, int, tuple[tuple[ThreadSide, str, tuple[str, ...]], ...]]
_THREADS: Final[tuple[_Thread, ...]] = (
    (0, 0, ((_OWNER, "When could you come? You may call me at ************.", ("PHONE",)),)),
    (
        1,
        5,
        (
            (_PROVIDER, "Is it the tap itself, or the joint below?", ()),
            (_OWNER, "The tap. It drips from the spout.", ()),
            (_PROVIDER, "Then it is a matter of half an hour. Would Monday suit you?", ()),
        ),
    ),
)


async def fill(tx: AsyncSession, demo: Demo) -> None:
    homeowner, providers = demo.those_with("HOMEOWNER")[0], demo.those_with("SERVICE_PROVIDER")
    recipients = core_table(InquiryRecipient)
    rows: list[Values] = []
    for recipient, provider, written in _THREADS:
        sent = {_OWNER: 0, _PROVIDER: 0}
        for number, (sender, text, masked) in enumerate(written, start=1):
            sent[sender] += 1
            at = demo.now - timedelta(hours=20 - number)
            rows.append(
                {
                    **stamps(MESSAGES + len(rows), at),
                    "recipient_id": numbered(RECIPIENTS + recipient),
                    "sender": sender,
                    "sender_id": homeowner.id if sender is _OWNER else providers[provider].id,
                    "number": number,
                    "ordinal": sent[sender],
                    "text": text,
                    "masked": list(masked),
                }
            )
        last = written[-1][0]
        counts = {
            "homeowner_messages": sent[_OWNER],
            "provider_messages": sent[_PROVIDER],
            "homeowner_read": sent[_PROVIDER] - (last is _PROVIDER),
            "provider_read": sent[_OWNER] - (last is _OWNER),
        }
        await tx.execute(update(recipients).where(recipients.c.id == numbered(RECIPIENTS + recipient)).values(**counts))
    await add(tx, InquiryMessage, rows)
    last_row = rows[-1]
    document: Values = {
        "id": DOCUMENT,
        "owner_id": last_row["sender_id"],
        "recipient_id": last_row["recipient_id"],
        "message_id": last_row["id"],
        "kind": MessageAttachmentKind.DOCUMENT,
        "name": "What a new spout costs",
        "size_bytes": len(PDF),
        "position": 0,
        "sent_at": last_row["created_at"],
        "created_at": last_row["created_at"],
    }
    await add(tx, MessageAttachment, [document])


async def store(storage: Storage) -> None:
    """Store an empty page as the document; the same again where it is stored already."""
    await storage.put(attachment_key(DOCUMENT), PDF)
