"""Quotes as PDF files: numbers and days as people write them, and the page that quote.typ sets of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from typing_extensions import TypedDict

from generated.states import QuoteState
from impl.gateways.typesetting import Typesetter
from impl.kernel.errors import JsonValue
from impl.marketplace.capabilities.totals.service import PricedLine, Tax

_TEMPLATE: Final = Path(__file__).with_name("quote.typ")
# Digits after the point where they are not two (ISO 4217).
_DIGITS: Final = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
_STATES: Final = {
    QuoteState.DRAFT: "Draft, not sent",
    QuoteState.SENT: "Open",
    QuoteState.ACCEPTED: "Accepted",
    QuoteState.DECLINED: "Declined",
    QuoteState.WITHDRAWN: "Withdrawn",
    QuoteState.EXPIRED: "Expired",
}


class PaperRow(TypedDict):
    """Quote with all fields of its document."""

    business_name: str | None
    title: str
    number: int
    state: str
    currency: str
    lines: list[PricedLine]
    subtotal_minor: int
    discount_minor: int
    net_minor: int
    taxes: list[Tax]
    gross_minor: int
    valid_days: int
    terms: str | None
    sent_at: datetime | None
    expires_at: datetime | None
    updated_at: datetime


class QuotePapers:
    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter

    async def pdf(self, row: PaperRow) -> bytes:
        return await self._typesetter.set_pages(_TEMPLATE, data_of(row), at=row["updated_at"])


def data_of(row: PaperRow) -> Mapping[str, JsonValue]:
    """Return the texts of a page."""
    currency = row["currency"]
    business = row["business_name"] or "A business"
    return {
        "title": f"Quote {row['number']}: {row['title']}",
        "business": business,
        "currency": currency,
        "facts": _facts(row),
        "lines": [_line(line, currency) for line in row["lines"]],
        "totals": _totals(row),
        "gross": amount(row["gross_minor"], currency),
        "terms": [paragraph for paragraph in (row["terms"] or "").splitlines() if paragraph.strip()],
    }


def amount(minor: int, currency: str) -> str:
    """Write an amount with the digits of its currency: 1,234.50."""
    digits = _DIGITS.get(currency, 2)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole:,}.{rest:0{digits}}" if digits else f"{whole:,}"


def _decimal(value: int, digits: int) -> str:
    whole, rest = divmod(value, 10**digits)
    return f"{whole:,}" + f".{rest:0{digits}}".rstrip("0").rstrip(".")


def _facts(row: PaperRow) -> list[JsonValue]:
    sent, expires = row["sent_at"], row["expires_at"]
    valid = f"{row['valid_days']} days from sending" if expires is None else _moment(expires)
    facts = [["For", row["title"]], ["Quote", str(row["number"])], ["State", _STATES[QuoteState(row["state"])]]]
    facts += [] if sent is None else [["Sent", _moment(sent)]]
    return [*facts, ["Valid until" if expires else "Valid for", valid]]


def _line(line: PricedLine, currency: str) -> JsonValue:
    taken = line["discount_minor"]
    discount = f"less {_decimal(line['discount_basis_points'], 2)} %: −{amount(taken, currency)}"  # noqa: RUF001 - a minus sign
    return {
        "description": line["description"],
        "quantity": f"{_decimal(line['quantity_thousandths'], 3)} {line['unit']}",
        "price": amount(line["unit_price_minor"], currency),
        "tax": f"{_decimal(line['tax_basis_points'], 2)} %",
        "discount": discount if line["discount_basis_points"] else "",
        "amount": amount(line["net_minor"], currency),
    }


def _totals(row: PaperRow) -> Sequence[JsonValue]:
    currency = row["currency"]
    totals: list[JsonValue] = [["Sum of the lines", amount(row["subtotal_minor"], currency)]]
    if row["discount_minor"]:
        totals.append(["Discount", f"−{amount(row['discount_minor'], currency)}"])  # noqa: RUF001 - a minus sign
        totals.append(["Without tax", amount(row["net_minor"], currency)])
    for tax in row["taxes"]:
        if tax["tax_basis_points"]:
            rate, of = _decimal(tax["tax_basis_points"], 2), amount(tax["net_minor"], currency)
            totals.append([f"Tax, {rate} % of {of}", amount(tax["tax_minor"], currency)])
    return totals


def _moment(moment: datetime) -> str:
    return f"{moment:%d %B %Y, %H:%M} UTC".lstrip("0")
