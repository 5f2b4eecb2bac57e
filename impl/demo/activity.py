"""Events of the demo's last weeks, written as the service writes them: the worker counts them for staff."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.errors import JsonValue
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient
from impl.marketplace.capabilities.jobs.tables import Job
from impl.marketplace.capabilities.quotes.tables import Quote
from impl.marketplace.capabilities.reviews.tables import Review

# From nobody's address: nothing personal is kept of people who do not exist.
_NOBODY: Final = AnonymousClient(address="", user_agent="", request_id="demo")
_DAYS: Final = 28
# Sunday last: people look after their homes when they are at home.
_LOGINS_OF_A_WEEK: Final = (4, 3, 4, 3, 5, 8, 7)
_REFUSED_EVERY: Final = 9


class _Event(NamedTuple):
    at: datetime
    name: str
    actor_id: UUID | None
    subject: tuple[str, UUID]
    data: dict[str, JsonValue]


async def fill(tx: AsyncSession, demo: Demo) -> None:
    events = [*_accounts(demo), *_logins(demo), *await _trade(tx)]
    for one in sorted(events, key=attrgetter("at")):
        await audit.record(
            tx,
            one.name,
            _NOBODY,
            actor_id=one.actor_id,
            subject=one.subject,
            data=one.data,
            occurred_at=min(one.at, demo.now),
        )


def _accounts(demo: Demo) -> Iterator[_Event]:
    for one in demo.everyone:
        # An operator makes staff, with an event of another name.
        if not one.role.startswith("STAFF"):
            data: dict[str, JsonValue] = {"roles": [one.role]}
            yield _Event(demo.joined_at, "account.registered", one.id, ("user", one.id), data)


def _logins(demo: Demo) -> Iterator[_Event]:
    """Yield logins of each day by the people with a known password in turn, some of them refused."""
    known = [one for one in demo.everyone if one.known]
    number = 0
    for days in range(_DAYS, -1, -1):
        day = demo.now - timedelta(days=days)
        for turn in range(_LOGINS_OF_A_WEEK[day.weekday()]):
            one, at = known[number % len(known)], day - timedelta(minutes=97 * turn)
            yield _Event(at, "session.started", one.id, ("session", new_id()), {"provider": None})
            number += 1
            if number % _REFUSED_EVERY == 0:
                data: dict[str, JsonValue] = {"reason": "invalid-credentials", "blocks": False}
                yield _Event(at - timedelta(minutes=1), "session.refused", None, ("user", one.id), data)


async def _trade(tx: AsyncSession) -> list[_Event]:
    asked = Counter(await tx.scalars(select(InquiryRecipient.inquiry_id)))
    events = [
        _Event(one.created_at, "inquiry.sent", one.owner_id, ("inquiry", one.id), {"providers": asked[one.id]})
        for one in await tx.scalars(select(Inquiry))
    ]
    for quote in await tx.scalars(select(Quote).where(Quote.sent_at.is_not(None))):
        data: dict[str, JsonValue] = {"inquiry": str(quote.inquiry_id), "revises": None}
        at = quote.sent_at or quote.created_at
        events.append(_Event(at, "quote.sent", quote.provider_id, ("quote", quote.id), data))
    for job in await tx.scalars(select(Job)):
        data = {"inquiry": str(job.inquiry_id), "job": str(job.id), "lost": asked[job.inquiry_id] - 1}
        events.append(_Event(job.created_at, "quote.accepted", job.owner_id, ("quote", job.quote_id), data))
    for review in await tx.scalars(select(Review)):
        data = {"by": review.by.value, "rating": review.rating}
        events.append(_Event(review.created_at, "review.written", review.author_id, ("review", review.id), data))
    return events
