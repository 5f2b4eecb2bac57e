"""Handlers of quotes."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.quotes import (
    AbstractQuotesHandlers,
    AcceptQuoteOk,
    CreateQuoteCreated,
    DeclineQuoteOk,
    DeleteQuoteNoContent,
    GetQuoteDocumentOk,
    GetQuoteOk,
    ListOwnQuotesOk,
    ListReceivedQuotesOk,
    SendQuoteOk,
    UpdateQuoteOk,
    WithdrawQuoteOk,
)
from generated.states import QuoteState
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.clock import Clock
from impl.marketplace.capabilities.businesses.service import business_of
from impl.marketplace.capabilities.quotes.service import possible_steps
from impl.marketplace.capabilities.quotes.tables import QuoteDeclineReason
from impl.marketplace.capabilities.totals.wire import CURRENCIES
from impl.marketplace.quotes.service import (
    Discount,
    Line,
    QuoteChange,
    QuoteRow,
    QuotesService,
    QuoteSummaryRow,
    edition,
)


def _summary_to_wire(row: QuoteSummaryRow, person: UUID, now: datetime) -> replies.QuoteSummary:
    declined, ended = row["decline_reason"], row["end_reason"]
    return {
        "id": row["id"],
        "inquiry_id": row["inquiry_id"],
        "recipient_id": row["recipient_id"],
        "provider": business_of(row),
        "number": row["number"],
        "state": QuoteState(row["state"]),
        "possible": possible_steps(row, person, now),
        "currency": CURRENCIES[row["currency"]],
        "net_minor": row["net_minor"],
        "tax_minor": row["tax_minor"],
        "gross_minor": row["gross_minor"],
        "valid_days": row["valid_days"],
        "revises_id": row["revises_id"],
        "superseded_by_id": row["superseded_by_id"],
        "sent_at": row["sent_at"],
        "expires_at": row["expires_at"],
        "closed_at": row["closed_at"],
        "decline_reason": None if declined is None else models.QuoteDeclineReason(declined),
        "end_reason": None if ended is None else models.QuoteEndReason(ended),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _discount_to_wire(row: QuoteRow) -> replies.QuoteDiscount | None:
    percent, amount = row["discount_basis_points"], row["discount_amount_minor"]
    if percent is not None:
        return {"kind": "PERCENT", "basis_points": percent}
    return None if amount is None else {"kind": "AMOUNT", "amount_minor": amount}


def _to_wire(row: QuoteRow, person: UUID, now: datetime) -> replies.Quote:
    return {
        **_summary_to_wire(row, person, now),
        "lines": row["lines"],
        "discount": _discount_to_wire(row),
        "subtotal_minor": row["subtotal_minor"],
        "discount_minor": row["discount_minor"],
        "taxes": row["taxes"],
        "terms": row["terms"],
        "note": row["note"],
    }


def _shown(row: QuoteRow, person: UUID, now: datetime) -> tuple[replies.Quote, str]:
    """Return a quote as a party sees it at this time, and the ETag of that."""
    return _to_wire(row, person, now), f'"{edition(row, now)}"'


async def _chunks(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


def _lines(given: Sequence[models.QuoteLineCreate]) -> list[Line]:
    return [
        {
            "description": line.description,
            "quantity_thousandths": line.quantity_thousandths,
            "unit": line.unit,
            "unit_price_minor": line.unit_price_minor,
            "tax_basis_points": line.tax_basis_points,
            "discount_basis_points": line.discount_basis_points or 0,
        }
        for line in given
    ]


def _discount(given: models.QuoteDiscount | None) -> Discount | None:
    match given:
        case models.DiscountPercent():
            return Discount(basis_points=given.basis_points)
        case models.DiscountAmount():
            return Discount(amount_minor=given.amount_minor)
        case _:
            return None


def _changes(body: models.QuoteUpdate) -> QuoteChange:
    """Return the parts that a merge patch names; null is a value, refused by the model where it is not allowed."""
    changes: QuoteChange = {}
    if body.currency is not None:
        changes["currency"] = body.currency.value
    if body.lines is not None:
        changes["lines"] = _lines(body.lines)
    if "discount" in body.model_fields_set:
        changes["discount"] = _discount(body.discount)
    if body.valid_days is not None:
        changes["valid_days"] = body.valid_days
    if "terms" in body.model_fields_set:
        changes["terms"] = body.terms
    return changes


class QuotesHandlers(AbstractQuotesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: QuotesService, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    @override
    async def list_own_quotes(self, caller: Caller, *, inquiry_id: UUID) -> ListOwnQuotesOk:
        return ListOwnQuotesOk(self._list(await self._service.written(caller, inquiry_id), caller))

    @override
    async def list_received_quotes(self, caller: Caller, *, inquiry_id: UUID) -> ListReceivedQuotesOk:
        return ListReceivedQuotesOk(self._list(await self._service.received(caller, inquiry_id), caller))

    @override
    async def create_quote(self, caller: Caller, *, inquiry_id: UUID, body: models.QuoteCreate) -> CreateQuoteCreated:
        def created(row: QuoteRow) -> CreateQuoteCreated:
            location = policies.GET_QUOTE.path.format(quote_id=row["id"])
            shown, etag = _shown(row, caller.user_id, self._clock.now())
            return CreateQuoteCreated(shown, location=location, etag=etag)

        return await self._service.create(
            caller,
            inquiry_id,
            {
                "currency": body.currency.value,
                "lines": _lines(body.lines),
                "discount": _discount(body.discount),
                "valid_days": body.valid_days,
                "terms": body.terms,
            },
            created,
        )

    @override
    async def get_quote(self, caller: Caller, *, quote_id: UUID) -> GetQuoteOk:
        row = await self._service.get(caller, quote_id)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return GetQuoteOk(shown, etag=etag)

    @override
    async def get_quote_document(self, caller: Caller, *, quote_id: UUID) -> GetQuoteDocumentOk:
        content = await self._service.document(caller, quote_id)
        return GetQuoteDocumentOk(
            _chunks(content),
            size=len(content),
            media_type="application/pdf",
            content_disposition=f'attachment; filename="quote-{quote_id}.pdf"',
        )

    @override
    async def update_quote(
        self, caller: Caller, *, quote_id: UUID, if_match: str | None, body: models.QuoteUpdate
    ) -> UpdateQuoteOk:
        row = await self._service.change(caller, quote_id, _changes(body), if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return UpdateQuoteOk(shown, etag=etag)

    @override
    async def delete_quote(self, caller: Caller, *, quote_id: UUID, if_match: str | None) -> DeleteQuoteNoContent:
        await self._service.delete(caller, quote_id, if_match=if_match)
        return DeleteQuoteNoContent()

    @override
    async def send_quote(self, caller: Caller, *, quote_id: UUID, if_match: str | None) -> SendQuoteOk:
        row = await self._service.send(caller, quote_id, if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return SendQuoteOk(shown, etag=etag)

    @override
    async def withdraw_quote(self, caller: Caller, *, quote_id: UUID, if_match: str | None) -> WithdrawQuoteOk:
        row = await self._service.withdraw(caller, quote_id, if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return WithdrawQuoteOk(shown, etag=etag)

    @override
    async def accept_quote(self, caller: Caller, *, quote_id: UUID, if_match: str | None) -> AcceptQuoteOk:
        row = await self._service.accept(caller, quote_id, if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return AcceptQuoteOk(shown, etag=etag)

    @override
    async def decline_quote(
        self, caller: Caller, *, quote_id: UUID, if_match: str | None, body: models.QuoteDecline
    ) -> DeclineQuoteOk:
        reason = QuoteDeclineReason(body.decline_reason)
        row = await self._service.decline(caller, quote_id, reason, body.note, if_match=if_match)
        shown, etag = _shown(row, caller.user_id, self._clock.now())
        return DeclineQuoteOk(shown, etag=etag)

    def _list(self, rows: Sequence[QuoteSummaryRow], caller: Caller) -> replies.QuoteList:
        now = self._clock.now()
        return {"items": [_summary_to_wire(row, caller.user_id, now) for row in rows]}
