"""Service of totals of quotes: whole numbers of minor units, rounded half up where a rule says so and nowhere else.

docs/marketplace.md has the rules; tests/marketplace/quotes/test_totals.py holds them for whatever lines there are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from typing_extensions import TypedDict

from impl.kernel.errors import InvalidInput
from openapi.runtime.wire import FieldError

# As `Money` has it, so that sums of a few quotes are far from the end of 64 bits.
MOST: Final = 100_000_000_000
_WHOLE: Final = 10_000
_THOUSAND: Final = 1000


class Line(TypedDict):
    """Line as somebody writes it: the quantity in thousandths, the price in minor units, rates in basis points."""

    description: str
    quantity_thousandths: int
    unit: str
    unit_price_minor: int
    tax_basis_points: int
    discount_basis_points: int


class PricedLine(Line):
    """Line with the amount of its discount and its net amount."""

    discount_minor: int
    net_minor: int


class Tax(TypedDict):
    """Tax of one rate and its taxable amount."""

    tax_basis_points: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Discount:
    """Discount on the sum of the lines: either a part of it in basis points, or an amount."""

    basis_points: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    lines: list[PricedLine]
    subtotal_minor: int
    discount_minor: int
    net_minor: int
    taxes: list[Tax]
    tax_minor: int
    gross_minor: int


def totals_of(lines: Sequence[Line], discount: Discount | None) -> Totals:
    """Return the totals of the lines; raise InvalidInput if one is above MOST, or a discount above its amount."""
    priced = [_priced(line) for line in lines]
    errors = [
        FieldError("out_of_range", f"comes to more than {MOST}", pointer=f"/lines/{number}")
        for number, line in enumerate(priced)
        if line["net_minor"] + line["discount_minor"] > MOST
    ]
    subtotal = sum(line["net_minor"] for line in priced)
    taken = _discount_on(subtotal, discount)
    taxes = _taxes(priced, subtotal, taken)
    net, tax = subtotal - taken, sum(one["tax_minor"] for one in taxes)
    if not errors and max(subtotal, net + tax) > MOST:
        errors.append(FieldError("out_of_range", f"come to more than {MOST}", pointer="/lines"))
    if not errors and taken > subtotal:
        detail = "is more than the sum of the lines"
        errors.append(FieldError("out_of_range", detail, pointer="/discount/amount_minor"))
    if errors:
        raise InvalidInput(errors=errors)
    return Totals(priced, subtotal, taken, net, taxes, tax, net + tax)


def _priced(line: Line) -> PricedLine:
    whole = _quotient(line["quantity_thousandths"] * line["unit_price_minor"], _THOUSAND)
    discount = _quotient(whole * line["discount_basis_points"], _WHOLE)
    return {**line, "discount_minor": discount, "net_minor": whole - discount}


def _discount_on(subtotal: int, discount: Discount | None) -> int:
    if discount is None:
        return 0
    if discount.amount_minor is not None:
        return discount.amount_minor
    return _quotient(subtotal * (discount.basis_points or 0), _WHOLE)


def _taxes(lines: Sequence[PricedLine], subtotal: int, discount: int) -> list[Tax]:
    """Distribute the discount over the rates by their taxable amounts, and compute the taxes.

    The shares are differences of rounded sums, the lowest rate first: so they add up to the discount, none is above
    what it is taken from, and the order of the lines makes no difference.
    """
    taxed: Counter[int] = Counter()
    for line in lines:
        taxed[line["tax_basis_points"]] += line["net_minor"]
    taxes: list[Tax] = []
    passed = taken = 0
    for rate in sorted(taxed):
        passed += taxed[rate]
        until = _quotient(discount * passed, subtotal) if subtotal else 0
        net = taxed[rate] - (until - taken)
        taken = until
        taxes.append({"tax_basis_points": rate, "net_minor": net, "tax_minor": _quotient(net * rate, _WHOLE)})
    return taxes


def _quotient(number: int, divisor: int) -> int:
    """Divide a number that is not negative, and round to the nearest integer, a half up."""
    return (2 * number + divisor) // (2 * divisor)
