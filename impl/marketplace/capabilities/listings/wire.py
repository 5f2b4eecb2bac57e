"""Prices of services on the wire."""

from typing_extensions import TypedDict

from generated import replies
from impl.marketplace.capabilities.totals.wire import optional_money_to_wire


class PricedRow(TypedDict):
    """Row with a price, whatever else it has."""

    pricing_kind: str
    price_minor: int | None
    currency: str | None
    price_unit: str | None


def pricing_to_wire(row: PricedRow) -> replies.Pricing:
    kind, unit = row["pricing_kind"], row["price_unit"]
    # A check constraint keeps amount and currency together; both are absent for services by quote.
    price = optional_money_to_wire(row["price_minor"], row["currency"])
    if price is None:
        return {"kind": "QUOTE"}
    if unit is not None:
        return {"kind": "PER_UNIT", "price": price, "unit": unit}
    if kind == "FIXED":
        return {"kind": "FIXED", "price": price}
    if kind == "HOURLY":
        return {"kind": "HOURLY", "price": price}
    return {"kind": "STARTING_AT", "price": price}
