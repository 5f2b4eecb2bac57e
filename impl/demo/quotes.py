"""Quotes of the demo: one in each state, for the inquiries of the first homeowner."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import QuoteState
from impl.demo.accounts import Demo
from impl.demo.rows import INQUIRIES, QUOTES, Values, add, numbered, stamps
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient
from impl.marketplace.capabilities.quotes.tables import Quote, QuoteDeclineReason, QuoteEndReason
from impl.marketplace.capabilities.totals.service import Discount, Line, totals_of


def _line(description: str, quantity: int, unit: str, price: int, *, tax: int = 0, discount: int = 0) -> Line:
    return {
        "description": description,
        "quantity_thousandths": quantity,
        "unit": unit,
        "unit_price_minor": price,
        "tax_basis_points": tax,
        "discount_basis_points": discount,
    }


_TAP: Final = (
    _line("A new mixer tap fitted", 1500, "hour", 9000),
    _line("Single-lever mixer tap", 1000, "piece", 12900, tax=875, discount=1000),
)
_VALVE: Final = (
    _line("Thermostatic valve, fitted", 1000, "piece", 18500),
    _line("Way there and back", 24500, "mile", 70),
)
_REVISED: Final[Values] = {"superseded_by_id": numbered(QUOTES + 2), "end_reason": QuoteEndReason.SUPERSEDED}
_PRICE: Final[Values] = {"decline_reason": QuoteDeclineReason.PRICE, "note": "We had thought of half of it."}
# Number of the inquiry, provider, which quote of theirs it is, state, lines, days of validity, and what became of it.
type _Story = tuple[int, int, int, QuoteState, Sequence[Line], int, Mapping[str, object]]
_STORIES: Final[tuple[_Story, ...]] = (
    (0, 0, 1, QuoteState.DRAFT, _TAP, 14, {}),
    (5, 0, 1, QuoteState.WITHDRAWN, _VALVE, 14, _REVISED),
    (5, 0, 2, QuoteState.SENT, _VALVE[:1], 14, {"revises_id": numbered(QUOTES + 1)}),
    (5, 5, 1, QuoteState.EXPIRED, _VALVE, 3, {}),
    (5, 10, 1, QuoteState.DECLINED, _VALVE, 14, _PRICE),
    (6, 0, 1, QuoteState.ACCEPTED, _TAP, 14, {}),
    (6, 5, 1, QuoteState.DECLINED, _TAP, 14, {"end_reason": QuoteEndReason.OTHER_CHOSEN}),
)
_TERMS: Final = "Payable within 14 days. Two years of warranty on what we fit."
_DISCOUNT: Final = Discount(amount_minor=1000)


async def fill(tx: AsyncSession, demo: Demo) -> None:
    providers = demo.those_with("SERVICE_PROVIDER")
    asked = select(InquiryRecipient.id, InquiryRecipient.inquiry_id, InquiryRecipient.provider_id, Inquiry.owner_id)
    found = await tx.execute(asked.join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id))
    recipients = {(row.inquiry_id, row.provider_id): row for row in found}
    quotes: list[Values] = []
    for place, (inquiry, provider, number, state, lines, days, became) in enumerate(_STORIES):
        recipient = recipients[numbered(INQUIRIES + inquiry), providers[provider].id]
        totals = totals_of(lines, _DISCOUNT)
        at = demo.now - timedelta(days=5, hours=12 - number)
        is_sent, is_open = state is not QuoteState.DRAFT, state in {QuoteState.DRAFT, QuoteState.SENT}
        quotes.append(
            {
                **stamps(QUOTES + place, at),
                "inquiry_id": recipient.inquiry_id,
                "recipient_id": recipient.id,
                "provider_id": recipient.provider_id,
                "owner_id": recipient.owner_id,
                "number": number,
                "state": state,
                "currency": "USD",
                "lines": list(totals.lines),
                "discount_basis_points": None,
                "discount_amount_minor": totals.discount_minor,
                "subtotal_minor": totals.subtotal_minor,
                "discount_minor": totals.discount_minor,
                "net_minor": totals.net_minor,
                "taxes": list(totals.taxes),
                "tax_minor": totals.tax_minor,
                "gross_minor": totals.gross_minor,
                "valid_days": days,
                "terms": _TERMS,
                "revises_id": None,
                "superseded_by_id": None,
                "sent_at": at if is_sent else None,
                "expires_at": at + timedelta(days=days) if is_sent else None,
                "closed_at": None if is_open else at + timedelta(days=3),
                "decline_reason": None,
                "note": None,
                "end_reason": None,
                **became,
            }
        )
    await add(tx, Quote, quotes)
