"""Service of quotes: drafts of providers, what is sent of them, and the one that an owner accepts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypedDict, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import QUOTE_STATE_MACHINE, InquiryState, QuoteState
from impl.identity.capabilities.letters.service import Texts
from impl.kernel import etags, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.rows import has_values
from impl.kernel.states import next_state
from impl.marketplace.blocks.errors import check_open
from impl.marketplace.capabilities.contact_details.service import mask
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.inquiries.service import InquiryRecords, LockedInquiry, LockedRecipient
from impl.marketplace.capabilities.jobs.service import JobRecords
from impl.marketplace.capabilities.jobs.tables import Agreement
from impl.marketplace.capabilities.notice_mails.service import NoticeMails
from impl.marketplace.capabilities.quote_papers.service import QuotePapers
from impl.marketplace.capabilities.quotes.service import (
    KINDS,
    PARTY_OF,
    TOPIC,
    LockedQuote,
    PartyStep,
    QuoteLetter,
    QuoteRecords,
    possible_steps,
)
from impl.marketplace.capabilities.quotes.tables import UNSHOWN, QuoteContent, QuoteDeclineReason
from impl.marketplace.capabilities.totals.service import Discount, Line, PricedLine, totals_of
from impl.marketplace.provider_profile.errors import check_not_suspended
from impl.marketplace.quotes.repository import LockedQuoteRow, QuoteRepository, QuoteRow, QuoteSummaryRow, TitledRow
from openapi.runtime.wire import Reply

__all__ = ["Discount", "Line", "Offer", "QuoteChange", "QuoteRow", "QuoteSummaryRow", "QuotesService", "edition"]

# For one inquiry, of one provider.
MOST_QUOTES: Final = 10
_AT_ONCE: Final = 100
_TEMPLATES: Final = Path(__file__).with_name("templates")


class Offer(TypedDict):
    """Parts of a quote that a provider writes; the service computes what they come to."""

    currency: str
    lines: Sequence[Line]
    discount: Discount | None
    valid_days: int
    terms: str | None


class QuoteChange(TypedDict, total=False):
    """Parts of a draft that change; those that are absent stay."""

    currency: str
    lines: Sequence[Line]
    discount: Discount | None
    valid_days: int
    terms: str | None


@dataclass(frozen=True, slots=True)
class _Locked:
    """A quote that one of its parties changes, after its inquiry and with the others for it; its words are whole."""

    inquiry: LockedInquiry
    recipient: LockedRecipient
    quote: LockedQuote
    all: Sequence[LockedQuote]
    row: LockedQuoteRow


class _LetterValues(TypedDict):
    id: UUID
    inquiry_id: UUID
    title: str
    business: str | None
    until: datetime | None
    quote_reason: str | None
    note: str | None


def edition(row: QuoteRow, now: datetime) -> str:
    """Return the text behind the ETag, which changes with whatever is shown: the name of the business as well."""
    shown = {name: value for name, value in row.items() if name not in UNSHOWN}
    return etags.edition(row["version"], {**shown, "possible": possible_steps(row, row["provider_id"], now)})


class QuotesService:
    def __init__(
        self,
        *,
        database: Database,
        inquiries: InquiryRecords,
        quotes: QuoteRecords,
        jobs: JobRecords,
        papers: QuotePapers,
    ) -> None:
        self._database = database
        self._inquiries = inquiries
        self._quotes = quotes
        self._jobs = jobs
        self._papers = papers
        self._repository = QuoteRepository(database.reader)

    # ---- reading

    async def written(self, caller: Caller, inquiry_id: UUID) -> Sequence[QuoteSummaryRow]:
        """Return the caller's quotes for an inquiry that came to them."""
        rows = await self._repository.written(caller.user_id, inquiry_id)
        if not rows and not await self._repository.was_asked(caller.user_id, inquiry_id):
            raise NotFound
        return rows

    async def received(self, caller: Caller, inquiry_id: UUID) -> Sequence[QuoteSummaryRow]:
        """Return what was sent for an inquiry of the caller's."""
        rows = await self._repository.received(caller.user_id, inquiry_id)
        if rows or await self._repository.owns(caller.user_id, inquiry_id):
            return rows
        raise NotFound

    async def get(self, caller: Caller, quote_id: UUID) -> QuoteRow:
        row = await self._repository.find(caller.user_id, quote_id)
        if row is None:
            raise NotFound
        return _as_read(row, caller.user_id)

    async def document(self, caller: Caller, quote_id: UUID) -> bytes:
        """Return a quote as a PDF."""
        row = await self._repository.find_titled(caller.user_id, quote_id)
        if row is None:
            raise NotFound
        return await self._papers.pdf(_titled_as_read(row, caller.user_id))

    # ---- by the provider

    async def create[ReplyT: Reply](
        self, caller: Caller, inquiry_id: UUID, offer: Offer, serialize: Callable[[QuoteRow], ReplyT]
    ) -> ReplyT:
        """Write a draft and return its reply; an idempotency key keeps its bytes."""
        content = _content(offer)
        async with self._database.begin() as tx:
            inquiry, recipient = await self._inquiries.lock_for(tx, inquiry_id, caller.user_id)
            _require_owner(inquiry)
            self._inquiries.check(inquiry, recipient, "createQuote")
            quotes = await self._quotes.lock(tx, inquiry_id, is_open=True)
            own = [one for one in quotes if one["recipient_id"] == recipient["id"]]
            detail = f"There are {MOST_QUOTES} quotes for this inquiry already."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=len(own), most=MOST_QUOTES)
            new = await self._quotes.create(
                tx,
                content,
                inquiry_id=inquiry_id,
                recipient_id=recipient["id"],
                provider_id=caller.user_id,
                owner_id=inquiry["owner_id"],
                number=1 + max((one["number"] for one in own), default=0),
            )
            await self._quotes.record(tx, "quote.created", caller, new["id"], {"inquiry": str(inquiry_id)})
            reply = serialize(await self._shown(tx, caller, new["id"]))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def change(self, caller: Caller, quote_id: UUID, changes: QuoteChange, *, if_match: str | None) -> QuoteRow:
        """Set these parts of a draft; setting what is there already is no change."""
        async with self._database.begin() as tx:
            locked = await self._lock(tx, caller, quote_id, if_match, "updateQuote")
            next_state(QUOTE_STATE_MACHINE, locked.quote["state"], "updateQuote")
            content = _content({**_offer(locked.row), **changes})
            if has_values(locked.row, {**content}):
                return locked.row
            await self._quotes.edit(tx, locked.quote, content)
            await self._quotes.record(tx, "quote.edited", caller, quote_id, {"fields": sorted(changes)})
            return await self._shown(tx, caller, quote_id)

    async def delete(self, caller: Caller, quote_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            locked = await self._lock(tx, caller, quote_id, if_match, "deleteQuote")
            await self._quotes.delete(tx, locked.quote)
            await self._quotes.record(tx, "quote.deleted", caller, quote_id)

    async def send(self, caller: Caller, quote_id: UUID, *, if_match: str | None) -> QuoteRow:
        async with self._database.begin() as tx:
            locked = await self._lock(tx, caller, quote_id, if_match, "sendQuote")
            next_state(QUOTE_STATE_MACHINE, locked.quote["state"], "sendQuote")
            _require_owner(locked.inquiry)
            self._inquiries.check(locked.inquiry, locked.recipient, "sendQuote")
            check_not_suspended(locked.row["profile_state"])
            check_open("Nothing can be sent here.", is_blocked=locked.row["is_blocked"])
            sent, revised = await self._quotes.send(tx, locked.quote, locked.all)
            await self._inquiries.move(tx, locked.inquiry, locked.recipient, "sendQuote", {})
            data = {"inquiry": str(locked.inquiry["id"]), "revises": None if revised is None else str(revised["id"])}
            await self._quotes.record(tx, "quote.sent", caller, quote_id, data)
            await self._quotes.announce(tx, QuoteLetter.QUOTED, locked.quote, revised=revised is not None)
            version = etags.next_version(locked.row["version"])
            return cast("QuoteRow", {**locked.row, **sent, "is_sendable": False, "version": version})

    async def withdraw(self, caller: Caller, quote_id: UUID, *, if_match: str | None) -> QuoteRow:
        async with self._database.begin() as tx:
            locked = await self._lock(tx, caller, quote_id, if_match, "withdrawQuote")
            await self._quotes.withdraw(tx, locked.quote)
            await self._quotes.record(tx, "quote.withdrawn", caller, quote_id)
            return await self._shown(tx, caller, quote_id)

    # ---- by the owner of the inquiry

    async def accept(self, caller: Caller, quote_id: UUID, *, if_match: str | None) -> QuoteRow:
        """Accept a quote, and with it the inquiry; everybody else has lost it."""
        async with self._database.begin() as tx:
            locked = await self._lock(tx, caller, quote_id, if_match, "acceptQuote")
            next_state(QUOTE_STATE_MACHINE, locked.quote["state"], "acceptQuote")
            check_open("Nothing can be agreed here.", is_blocked=locked.row["is_blocked"])
            await self._inquiries.accept(tx, caller, locked.inquiry, locked.quote["recipient_id"])
            accepted, lost = await self._quotes.accept(tx, locked.quote, locked.all)
            job_id = await self._jobs.open_job(tx, _agreement(locked))
            await self._quotes.record(
                tx,
                "quote.accepted",
                caller,
                quote_id,
                {"inquiry": str(locked.inquiry["id"]), "job": str(job_id), "lost": len(lost)},
                also=[
                    (DomainEvent.JOB_CREATED, job_id),
                    (DomainEvent.INQUIRY_LOST, locked.inquiry["id"]),
                    *((DomainEvent.QUOTE_DECLINED, other["id"]) for other in lost),
                ],
            )
            await self._inquiries.record(tx, "inquiry.accepted", caller, locked.inquiry["id"])
            await self._quotes.announce(tx, QuoteLetter.ACCEPTED, locked.quote)
            for other in lost:
                await self._quotes.announce(tx, QuoteLetter.LOST, other)
            return cast("QuoteRow", {**locked.row, **accepted, "version": etags.next_version(locked.row["version"])})

    async def decline(
        self, caller: Caller, quote_id: UUID, reason: QuoteDeclineReason, note: str | None, *, if_match: str | None
    ) -> QuoteRow:
        async with self._database.begin() as tx:
            locked = await self._lock(tx, caller, quote_id, if_match, "declineQuote")
            next_state(QUOTE_STATE_MACHINE, locked.quote["state"], "declineQuote")
            if note is not None:
                blocked = locked.row["is_blocked"]
                check_open("Nothing can be written here. Decline it without a note.", is_blocked=blocked)
            shown = None if note is None else mask(note, locked.row["regions"]).text
            await self._quotes.decline(tx, locked.quote, reason, shown)
            await self._quotes.record(tx, "quote.declined", caller, quote_id)
            await self._quotes.announce(tx, QuoteLetter.DECLINED, locked.quote)
            return await self._shown(tx, caller, quote_id)

    # ---- for the worker

    async def end_quotes(self) -> bool:
        """End what has expired; return whether more waits."""
        if not await self._quotes.has_due():
            return False
        async with self._database.begin() as tx:
            return await self._quotes.end_due(tx, limit=_AT_ONCE) == _AT_ONCE

    def outbox_handlers(self, mails: NoticeMails) -> Mapping[str, outbox.Handler]:
        """Return the handlers of the outbox messages about quotes, by topic; `mails` sends them."""
        return {TOPIC: partial(self._mail, mails, Texts(_TEMPLATES))}

    async def _mail(self, mails: NoticeMails, texts: Texts, message: outbox.Message) -> None:
        """Mail a party, unless the letter is out of date."""
        letter, quote_id = QuoteLetter(str(message.payload["letter"])), UUID(str(message.payload["quote_id"]))
        row = await self._repository.find_for_mail(quote_id)
        if row is None or row["state"] != _STATES[letter]:
            return
        reader = row["owner_id"] if letter is QuoteLetter.QUOTED else row["provider_id"]
        row = _titled_as_read(row, reader)
        values: _LetterValues = {
            "id": quote_id,
            "inquiry_id": row["inquiry_id"],
            "title": row["title"],
            "business": row["business_name"],
            "until": row["expires_at"],
            "quote_reason": row["decline_reason"],
            "note": row["note"],
        }
        await mails.send(message, KINDS[letter], reader, texts, letter, values=values)

    # ---- shared

    async def _lock(
        self, tx: AsyncSession, caller: Caller, quote_id: UUID, if_match: str | None, step: PartyStep
    ) -> _Locked:
        """Return a quote of which the step is the caller's to take."""
        inquiry, recipient = await self._inquiries.lock_of_quote(tx, quote_id, caller.user_id)
        quotes = await self._quotes.lock(tx, inquiry["id"], is_open=inquiry["state"] is InquiryState.OPEN)
        quote = next((one for one in quotes if one["id"] == quote_id), None)
        # Its writer may have deleted it while this waited for the lock.
        if quote is None or quote[PARTY_OF[step]] != caller.user_id:
            raise NotFound
        row = await self._repository.find_locked(tx, caller.user_id, quote_id)
        if row is None:
            raise NotFound
        etags.check(if_match, edition(_as_read(row, caller.user_id), self._database.clock.now()))
        return _Locked(inquiry, recipient, quote, quotes, row)

    async def _shown(self, tx: AsyncSession, caller: Caller, quote_id: UUID) -> QuoteRow:
        row = await self._repository.find_in(tx, caller.user_id, quote_id)
        if row is None:
            raise NotFound
        return _as_read(row, caller.user_id)


def _require_owner(inquiry: LockedInquiry) -> None:
    """Raise NotFound for an open inquiry whose homeowner's account is closed or suspended."""
    if inquiry["state"] is InquiryState.OPEN and not inquiry["is_owner_there"]:
        raise NotFound


def _agreement(locked: _Locked) -> Agreement:
    """Return the columns of a job that its quote and inquiry determine."""
    return {
        "quote_id": locked.quote["id"],
        "inquiry_id": locked.inquiry["id"],
        "owner_id": locked.quote["owner_id"],
        "provider_id": locked.quote["provider_id"],
        "property_id": locked.inquiry["property_id"],
        "category_id": locked.inquiry["category_id"],
        "title": locked.inquiry["title"],
        "price_minor": locked.quote["gross_minor"],
        "price_currency": locked.quote["currency"],
    }


# The state in which each letter tells the truth.
_STATES: Final = {
    QuoteLetter.QUOTED: QuoteState.SENT,
    QuoteLetter.ACCEPTED: QuoteState.ACCEPTED,
    QuoteLetter.DECLINED: QuoteState.DECLINED,
    QuoteLetter.LOST: QuoteState.DECLINED,
}


def _as_read[RowT: QuoteRow](row: RowT, reader: UUID) -> RowT:
    """Mask contact details in the provider's words until the owner has accepted them."""
    if reader != row["owner_id"] or row["state"] == QuoteState.ACCEPTED:
        return row
    regions, terms = row["regions"], row["terms"]
    lines = [
        {**line, "description": mask(line["description"], regions).text, "unit": mask(line["unit"], regions).text}
        for line in row["lines"]
    ]
    return cast("RowT", {**row, "lines": lines, "terms": None if terms is None else mask(terms, regions).text})


def _titled_as_read(row: TitledRow, reader: UUID) -> TitledRow:
    """Mask contact details in the words of either party that the other one reads, until they have agreed."""
    if reader == row["owner_id"] or row["state"] == QuoteState.ACCEPTED:
        return _as_read(row, reader)
    return {**row, "title": mask(row["title"], row["regions"]).text}


def _offer(row: QuoteRow) -> Offer:
    """Return the parts of a quote that its provider has written."""
    percent, amount = row["discount_basis_points"], row["discount_amount_minor"]
    return {
        "currency": row["currency"],
        "lines": [_written(line) for line in row["lines"]],
        "discount": None if percent is None and amount is None else Discount(percent, amount),
        "valid_days": row["valid_days"],
        "terms": row["terms"],
    }


def _written(line: PricedLine) -> Line:
    """Return a line without its computed amounts."""
    return cast("Line", {name: value for name, value in line.items() if name in Line.__annotations__})


def _content(offer: Offer) -> QuoteContent:
    """Return the columns of an offer, with its computed amounts."""
    discount = offer["discount"]
    totals = totals_of(offer["lines"], discount)
    return {
        "currency": offer["currency"],
        "lines": totals.lines,
        "discount_basis_points": None if discount is None else discount.basis_points,
        "discount_amount_minor": None if discount is None else discount.amount_minor,
        "subtotal_minor": totals.subtotal_minor,
        "discount_minor": totals.discount_minor,
        "net_minor": totals.net_minor,
        "taxes": totals.taxes,
        "tax_minor": totals.tax_minor,
        "gross_minor": totals.gross_minor,
        "valid_days": offer["valid_days"],
        "terms": offer["terms"],
    }
