"""Totals of lines, whatever these are: sums add up, nothing is negative, and the order makes no difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impl.kernel.errors import InvalidInput
from impl.marketplace.capabilities.totals.service import MOST, Discount, Line, Totals, totals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

RATES = st.integers(0, 10_000)
AMOUNTS = st.integers(0, MOST)


def line(**changes: int) -> Line:
    whole: Line = {
        "description": "Work",
        "quantity_thousandths": 1000,
        "unit": "hour",
        "unit_price_minor": 100,
        "tax_basis_points": 0,
        "discount_basis_points": 0,
    }
    return {**whole, **changes}  # type: ignore[typeddict-item]  # members of a line, by name


LINES = st.lists(
    st.builds(
        line,
        # As the contract bounds them, and mostly what fits together.
        quantity_thousandths=st.integers(1, 1_000_000_000) | st.integers(1, 5000),
        unit_price_minor=AMOUNTS | st.integers(0, 20_000),
        tax_basis_points=st.sampled_from([0, 700, 875, 1900, 10_000]) | RATES,
        discount_basis_points=st.just(0) | RATES,
    ),
    min_size=1,
    max_size=50,
)
DISCOUNTS = st.none() | st.builds(Discount, basis_points=RATES) | st.builds(Discount, amount_minor=AMOUNTS)


def _sums(totals: Totals) -> tuple[object, ...]:
    return (totals.subtotal_minor, totals.discount_minor, totals.net_minor, totals.taxes, totals.gross_minor)


@settings(deadline=None)
@given(lines=LINES, discount=DISCOUNTS, order=st.randoms(use_true_random=False))
def test_sums_add_up_in_any_order_or_are_refused(lines: list[Line], discount: Discount | None, order: object) -> None:
    shuffled = list(lines)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random
    try:
        totals = totals_of(lines, discount)
    except InvalidInput:
        with pytest.raises(InvalidInput):
            totals_of(shuffled, discount)
        return
    assert _sums(totals) == _sums(totals_of(shuffled, discount))

    taxed = {one["tax_basis_points"]: one for one in totals.taxes}
    assert len(taxed) == len(totals.taxes)
    assert totals.subtotal_minor == sum(one["net_minor"] for one in totals.lines)
    assert totals.net_minor == totals.subtotal_minor - totals.discount_minor
    assert totals.net_minor == sum(one["net_minor"] for one in totals.taxes)
    assert totals.tax_minor == sum(one["tax_minor"] for one in totals.taxes)
    assert totals.gross_minor == totals.net_minor + totals.tax_minor
    amounts = [totals.subtotal_minor, totals.discount_minor, totals.net_minor, totals.tax_minor, totals.gross_minor]
    amounts += [one[name] for one in totals.lines for name in ("net_minor", "discount_minor")]
    amounts += [one[name] for one in totals.taxes for name in ("net_minor", "tax_minor")]
    assert all(0 <= amount <= MOST for amount in amounts), "what a column of 64 bits and every client hold"
    for rate, one in taxed.items():
        before = sum(two["net_minor"] for two in totals.lines if two["tax_basis_points"] == rate)
        off = (before - one["net_minor"]) * totals.subtotal_minor - totals.discount_minor * before
        assert abs(off) <= totals.subtotal_minor, "the discount is shared by what is taxed, to a minor unit"


@pytest.mark.parametrize(
    ("lines", "discount", "expected"),
    [
        # A half goes up: of the quantity, of the line's discount, and of the tax.
        ([line(quantity_thousandths=500, unit_price_minor=1)], None, (1, 0, 1, 0, 1)),
        ([line(unit_price_minor=5, discount_basis_points=1000)], None, (4, 0, 4, 0, 4)),
        ([line(unit_price_minor=50, tax_basis_points=100)], None, (50, 0, 50, 1, 51)),
        # Tax is of the sum of a rate, not of each line: twice 0.4 is 1.
        ([line(unit_price_minor=40, tax_basis_points=100)] * 2, None, (80, 0, 80, 1, 81)),
        # A discount that two rates share: the lower one is rounded, the other has the rest.
        (
            [line(unit_price_minor=100), line(unit_price_minor=100, tax_basis_points=1000)],
            Discount(amount_minor=1),
            (200, 1, 199, 10, 209),
        ),
        ([line(unit_price_minor=99, tax_basis_points=1000)], Discount(basis_points=10_000), (99, 99, 0, 0, 0)),
        ([line(unit_price_minor=0, tax_basis_points=1000)], Discount(amount_minor=0), (0, 0, 0, 0, 0)),
    ],
)
def test_halves_are_rounded_up(lines: Sequence[Line], discount: Discount | None, expected: tuple[int, ...]) -> None:
    totals = totals_of(lines, discount)
    found = (totals.subtotal_minor, totals.discount_minor, totals.net_minor, totals.tax_minor, totals.gross_minor)
    assert found == expected


@pytest.mark.parametrize(
    ("lines", "discount", "pointer"),
    [
        ([line(), line(quantity_thousandths=1001, unit_price_minor=MOST)], None, "/lines/1"),
        ([line(unit_price_minor=MOST)] * 2, None, "/lines"),
        ([line(unit_price_minor=MOST, tax_basis_points=1)], None, "/lines"),
        ([line(unit_price_minor=MOST)] * 2, Discount(basis_points=10_000), "/lines"),
        ([line(unit_price_minor=99)], Discount(amount_minor=100), "/discount/amount_minor"),
    ],
)
def test_what_no_amount_can_hold_is_refused_at_its_place(
    lines: Sequence[Line], discount: Discount | None, pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        totals_of(lines, discount)
    assert [(one.code, one.pointer) for one in refused.value.errors] == [("out_of_range", pointer)]


def test_what_an_amount_can_just_hold_is_taken() -> None:
    lines = [line(unit_price_minor=MOST - 1), line(unit_price_minor=1)]
    assert totals_of(lines, None).gross_minor == MOST
    assert totals_of(lines, Discount(amount_minor=MOST)).gross_minor == 0
