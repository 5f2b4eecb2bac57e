"""Filters on listings, as conditions and lists of a feature that knows which businesses are licensed and hidden."""

from impl.marketplace.capabilities.listing_filters.repository import (
    BAND,
    IN_CATEGORY,
    Order,
    Selection,
    indexed,
    most,
    with_category,
    with_filters,
)
from impl.marketplace.capabilities.listing_filters.tables import PRICE_BANDS

__all__ = [
    "BAND",
    "IN_CATEGORY",
    "PRICE_BANDS",
    "Order",
    "Selection",
    "indexed",
    "most",
    "with_category",
    "with_filters",
]
