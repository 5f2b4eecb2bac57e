"""Amounts of money on the wire."""

from typing import Final

from generated import models, replies

CURRENCIES: Final = {code.value: code for code in models.CurrencyCode}


def money_to_wire(amount_minor: int, currency: str) -> replies.Money:
    return {"amount_minor": amount_minor, "currency": CURRENCIES[currency]}


def optional_money_to_wire(amount_minor: int | None, currency: str | None) -> replies.Money | None:
    """Return the amount; None unless both columns have a value."""
    return None if amount_minor is None or currency is None else money_to_wire(amount_minor, currency)
