"""Jobs of the demo: one in each state, between the first homeowner and the first provider, and what led to them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import InquiryState, JobState, QuoteState, RecipientState
from impl.demo.accounts import Demo
from impl.demo.rows import JOBS, PROPERTIES, QUOTES, Values, add, numbered, stamps
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.inquiries.service import LIFETIME
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient, TimingKind
from impl.marketplace.capabilities.jobs.tables import Job, JobActor, JobCancelledReason, JobSide
from impl.marketplace.capabilities.quotes.tables import Quote
from impl.marketplace.capabilities.totals.service import Line, totals_of

# The inquiries, recipients and quotes that led to jobs; the first job is of the accepted quote of quotes.py.
INQUIRIES_OF_JOBS, _RECIPIENTS, QUOTES_OF_JOBS = 0x1F11, 0x1F31, 0x1F51
_ACCEPTED: Final = QUOTES + 5
_VALID: Final = 14
_LINE: Final[Line] = {
    "description": "All as described",
    "quantity_thousandths": 1000,
    "unit": "job",
    "unit_price_minor": 24000,
    "tax_basis_points": 0,
    "discount_basis_points": 0,
}
# Columns of each job, with days from now in place of moments.
type _Story = tuple[str, int, JobState, Mapping[str, object]]
_STORIES: Final[tuple[_Story, ...]] = (
    ("A tap for the basin", 3, JobState.SCHEDULED, {"starts_at": 5}),
    ("The boiler is serviced", 6, JobState.IN_PROGRESS, {"starts_at": -1, "started_at": -1}),
    ("Two radiators move", 9, JobState.DELIVERED, {"starts_at": -4, "started_at": -4, "delivered_at": -2}),
    (
        "A drain under the yard",
        14,
        JobState.CHANGES_REQUESTED,
        {
            "starts_at": -9,
            "started_at": -9,
            "delivered_at": -7,
            "change_request": "It still smells after rain.",
            "changes_requested_at": -5,
        },
    ),
    (
        "A new shower tray",
        30,
        JobState.DISPUTED,
        {
            "starts_at": -25,
            "started_at": -25,
            "delivered_at": -20,
            "disputed_by": JobSide.HOMEOWNER,
            "dispute_text": "The tray is not the one that we had agreed on.",
            "disputed_at": -8,
        },
    ),
    (
        "The water meter leaks",
        60,
        JobState.COMPLETED,
        {
            "starts_at": -50,
            "started_at": -50,
            "delivered_at": -50,
            "completed_by": JobActor.HOMEOWNER,
            "ended_at": -49,
        },
    ),
    (
        "A bidet in the bath",
        20,
        JobState.CANCELLED,
        {
            "starts_at": -10,
            "cancelled_by": JobActor.HOMEOWNER,
            "cancel_reason": JobCancelledReason.NO_LONGER_NEEDED,
            "minutes_before_start": 4 * 24 * 60,
            "ended_at": -14,
        },
    ),
)
_NOTHING: Final[Values] = dict.fromkeys(
    (
        *("starts_at", "ends_at", "started_at", "delivered_at", "change_request", "changes_requested_at"),
        *("completed_by", "cancelled_by", "cancel_reason", "minutes_before_start"),
        *("disputed_by", "dispute_text", "disputed_at", "ended_at"),
    )
)


async def fill(tx: AsyncSession, demo: Demo) -> None:
    category = await tx.scalar(select(Category.id).where(Category.slug == "tap-and-leak-repair"))
    owner, provider = demo.those_with("HOMEOWNER")[0].id, demo.those_with("SERVICE_PROVIDER")[0].id
    totals = totals_of([_LINE], None)
    inquiries: list[Values] = []
    recipients: list[Values] = []
    quotes: list[Values] = []
    jobs: list[Values] = []
    for number, (title, age, state, became) in enumerate(_STORIES):
        agreed = demo.now - timedelta(days=age)
        asked = agreed - timedelta(days=2)
        inquiries.append(
            {
                **stamps(INQUIRIES_OF_JOBS + number, asked),
                "owner_id": owner,
                "property_id": numbered(PROPERTIES),
                "category_id": category,
                "title": title,
                "details": "As we have talked about.",
                "questions_version": 0,
                "answers": [],
                "timing": TimingKind.FLEXIBLE,
                "wanted_dates": [],
                "state": InquiryState.ACCEPTED,
                "expires_at": asked + LIFETIME,
                "closed_at": agreed,
            }
        )
        recipients.append(
            {
                **stamps(_RECIPIENTS + number, asked),
                "inquiry_id": numbered(INQUIRIES_OF_JOBS + number),
                "provider_id": provider,
                "state": RecipientState.QUOTED,
                "viewed_at": asked + timedelta(hours=1),
                "answered_at": asked + timedelta(hours=3),
                "response_seconds": 3 * 60 * 60,
            }
        )
        quotes.append(
            {
                **stamps(QUOTES_OF_JOBS + number, asked),
                "inquiry_id": numbered(INQUIRIES_OF_JOBS + number),
                "recipient_id": numbered(_RECIPIENTS + number),
                "provider_id": provider,
                "owner_id": owner,
                "number": 1,
                "state": QuoteState.ACCEPTED,
                "currency": "USD",
                "lines": list(totals.lines),
                "subtotal_minor": totals.subtotal_minor,
                "discount_minor": totals.discount_minor,
                "net_minor": totals.net_minor,
                "taxes": list(totals.taxes),
                "tax_minor": totals.tax_minor,
                "gross_minor": totals.gross_minor,
                "valid_days": _VALID,
                "sent_at": asked + timedelta(hours=3),
                "expires_at": asked + timedelta(days=_VALID),
                "closed_at": agreed,
            }
        )
        moments = {
            name: demo.now + timedelta(days=value) if name.endswith("_at") and isinstance(value, int) else value
            for name, value in became.items()
        }
        starts = demo.now + timedelta(days=int(str(became["starts_at"])))
        jobs.append(
            {
                **stamps(JOBS + 1 + number, agreed),
                "quote_id": numbered(QUOTES_OF_JOBS + number),
                "inquiry_id": numbered(INQUIRIES_OF_JOBS + number),
                "owner_id": owner,
                "provider_id": provider,
                "property_id": numbered(PROPERTIES),
                "category_id": category,
                "title": title,
                "price_minor": totals.gross_minor,
                "price_currency": "USD",
                "state": state,
                **_NOTHING,
                **moments,
                "ends_at": starts + timedelta(hours=3),
            }
        )
    accepted = (await tx.execute(select(Quote).where(Quote.id == numbered(_ACCEPTED)))).scalar_one()
    about = (await tx.execute(select(Inquiry).where(Inquiry.id == accepted.inquiry_id))).scalar_one()
    await add(tx, Inquiry, inquiries)
    await add(tx, InquiryRecipient, recipients)
    await add(tx, Quote, quotes)
    first: Values = {
        **stamps(JOBS, accepted.closed_at or demo.now),
        "quote_id": accepted.id,
        "inquiry_id": about.id,
        "owner_id": about.owner_id,
        "provider_id": accepted.provider_id,
        "property_id": about.property_id,
        "category_id": about.category_id,
        "title": about.title,
        "price_minor": accepted.gross_minor,
        "price_currency": accepted.currency,
        "state": JobState.SCHEDULED,
        **_NOTHING,
    }
    await add(tx, Job, [first, *jobs])
