"""Bands of prices that listings are counted by; they have no table of their own."""

from collections.abc import Sequence
from typing import Final

# In minor units, from and to; the same numbers are round in each currency.
PRICE_BANDS: Final[Sequence[tuple[int, int | None]]] = (
    (0, 4999),
    (5000, 9999),
    (10_000, 24_999),
    (25_000, 49_999),
    (50_000, 99_999),
    (100_000, None),
)
