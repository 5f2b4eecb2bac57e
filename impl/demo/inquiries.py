"""Inquiries of the demo: those of the first homeowner in each state, and what came to the first provider."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import InquiryState, RecipientState
from impl.demo.accounts import Demo
from impl.demo.rows import INQUIRIES, PROPERTIES, RECIPIENTS, SERVICES, Values, add, numbered, stamps
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.inquiries.service import LIFETIME
from impl.marketplace.capabilities.inquiries.tables import (
    Inquiry,
    InquiryRecipient,
    RecipientDeclineReason,
    RecipientLostReason,
    TimingKind,
)

_SENT: Final[Values] = {"state": RecipientState.SENT}
_VIEWED: Final[Values] = {"state": RecipientState.VIEWED}
_DECLINED: Final[Values] = {
    "state": RecipientState.DECLINED,
    "decline_reason": RecipientDeclineReason.NO_CAPACITY,
    "note": "We are booked until the end of the month.",
    "response_seconds": 9000,
}
_WITHDRAWN: Final[Values] = {"state": RecipientState.LOST, "lost_reason": RecipientLostReason.WITHDRAWN}
_QUOTED: Final[Values] = {"state": RecipientState.QUOTED, "response_seconds": 9000}
_OUTBID: Final[Values] = {
    "state": RecipientState.LOST,
    "lost_reason": RecipientLostReason.OTHER_CHOSEN,
    "response_seconds": 9000,
}
_EXPIRED: Final[Values] = {"state": RecipientState.LOST, "lost_reason": RecipientLostReason.EXPIRED}
# Title, details, age in days, state, homeowner, and the providers with what became of it for each.
type _Story = tuple[str, str, int, InquiryState, int, Mapping[int, Values]]
_STORIES: Final[tuple[_Story, ...]] = (
    (
        "The kitchen tap drips",
        "It has dripped for a week, more at night. The tap is some ten years old.",
        1,
        InquiryState.OPEN,
        0,
        {0: _SENT, 5: _VIEWED, 10: _DECLINED},
    ),
    # The worker mails its owner that it expires soon.
    ("A tap for the garden", "A frost-proof tap on the outer wall.", 28, InquiryState.OPEN, 0, {0: _VIEWED}),
    ("The bath drains slowly", "Since the winter, and the basin too.", 9, InquiryState.WITHDRAWN, 0, {0: _WITHDRAWN}),
    ("A new water heater", "The old one is from 1998.", 45, InquiryState.EXPIRED, 0, {0: _EXPIRED, 5: _DECLINED}),
    ("A leak under the sink", "A bucket stands there now.", 2, InquiryState.OPEN, 1, {0: _SENT}),
    # What was offered for these is in quotes.py.
    (
        "A shower that stays warm",
        "It turns cold when somebody opens a tap.",
        6,
        InquiryState.OPEN,
        0,
        {0: _QUOTED, 5: _QUOTED, 10: _QUOTED},
    ),
    ("A new tap in the bath", "The old one leaks.", 8, InquiryState.ACCEPTED, 0, {0: _QUOTED, 5: _OUTBID}),
)


async def fill(tx: AsyncSession, demo: Demo) -> None:
    category = await tx.scalar(select(Category.id).where(Category.slug == "tap-and-leak-repair"))
    homeowners, providers = demo.those_with("HOMEOWNER"), demo.those_with("SERVICE_PROVIDER")
    inquiries: list[Values] = []
    recipients: list[Values] = []
    for number, (title, details, age, state, homeowner, asked) in enumerate(_STORIES):
        at = demo.now - timedelta(days=age)
        is_first = number == 0
        inquiries.append(
            {
                **stamps(INQUIRIES + number, at),
                "owner_id": homeowners[homeowner].id,
                "property_id": numbered(PROPERTIES + 3 * homeowner),
                "category_id": category,
                "title": title,
                "details": details,
                "questions_version": 1 if is_first else 0,
                "answers": [{"kind": "CHOICE", "key": "what", "choice": "tap"}] if is_first else [],
                "timing": TimingKind.FLEXIBLE,
                "wanted_dates": [],
                "budget_minor": 20000 if is_first else None,
                "budget_currency": "USD" if is_first else None,
                "state": state,
                "expires_at": at + LIFETIME,
                "closed_at": None if state is InquiryState.OPEN else at + timedelta(days=3),
            }
        )
        for provider, became in asked.items():
            is_read = became["state"] is RecipientState.VIEWED or "response_seconds" in became
            recipients.append(
                {
                    **stamps(RECIPIENTS + len(recipients), at),
                    "inquiry_id": numbered(INQUIRIES + number),
                    "provider_id": providers[provider].id,
                    "service_id": numbered(SERVICES) if is_first and provider == 0 else None,
                    "viewed_at": at + timedelta(hours=2) if is_read else None,
                    "answered_at": at + timedelta(seconds=9000) if "response_seconds" in became else None,
                    "response_seconds": None,
                    "decline_reason": None,
                    "note": None,
                    "lost_reason": None,
                    **became,
                }
            )
    await add(tx, Inquiry, inquiries)
    await add(tx, InquiryRecipient, recipients)
