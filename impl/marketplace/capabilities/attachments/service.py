"""Rules of reading attachments of messages."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_

from impl.identity.capabilities.users.tables import ACTIVE, User
from impl.marketplace.capabilities.attachments.tables import MessageAttachment
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient, shown_to_recipients

__all__ = ["readable"]


def readable[*Row](attachments: Select[*Row], person: ColumnElement[UUID]) -> Select[*Row]:
    """Return the attachments that a person may read: their own, and those of messages in threads that they see.

    What staff have hidden is nobody's.
    """
    in_thread = or_(
        Inquiry.owner_id == person, and_(InquiryRecipient.provider_id == person, shown_to_recipients(ACTIVE))
    )
    return (
        attachments.join(InquiryRecipient, InquiryRecipient.id == MessageAttachment.recipient_id)
        .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
        .join(User, User.id == Inquiry.owner_id)
        .where(
            MessageAttachment.hidden_at.is_(None),
            or_(MessageAttachment.owner_id == person, and_(MessageAttachment.message_id.is_not(None), in_thread)),
        )
    )
