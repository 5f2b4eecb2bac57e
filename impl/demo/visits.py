"""Visits of the demo: one that the first homeowner has asked for, and one that is booked."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import VisitState
from impl.demo.accounts import Demo
from impl.demo.rows import INQUIRIES, RECIPIENTS, VISITS, add, numbered, stamps
from impl.marketplace.capabilities.visits.tables import Visit


async def fill(tx: AsyncSession, demo: Demo) -> None:
    homeowner, providers = demo.those_with("HOMEOWNER")[0], demo.those_with("SERVICE_PROVIDER")
    # In Portland, in winter.
    noon = demo.now.replace(hour=20, minute=0, second=0, microsecond=0)
    rows = [
        {
            **stamps(VISITS + number, demo.now - timedelta(hours=3)),
            "inquiry_id": numbered(INQUIRIES),
            "recipient_id": numbered(RECIPIENTS + number),
            "owner_id": homeowner.id,
            "provider_id": providers[provider].id,
            "state": state,
            "starts_at": noon + timedelta(days=days),
            "ends_at": noon + timedelta(days=days, hours=1),
            "booked_at": demo.now if state is VisitState.BOOKED else None,
            "cancelled_by": None,
            "end_reason": None,
        }
        for number, (provider, state, days) in enumerate(((0, VisitState.REQUESTED, 3), (5, VisitState.BOOKED, 4)))
    ]
    await add(tx, Visit, rows)
