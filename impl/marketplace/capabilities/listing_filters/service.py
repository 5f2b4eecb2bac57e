"""Filters on listings, as conditions and lists of a feature that knows which businesses are licensed and hidden."""

from impl.marketplace.capabilities.listing_filters.repository import (
    IN_CATEGORY,
    Order,
    Selection,
    indexed,
    most,
    with_category,
    with_filters,
)

__all__ = [
    "IN_CATEGORY",
    "Order",
    "Selection",
    "indexed",
    "most",
    "with_category",
    "with_filters",
]
