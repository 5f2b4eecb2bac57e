"""Statements of pages in the order of relevance, for whoever reads them and the features that narrow them."""

from impl.marketplace.capabilities.ranked_pages.repository import GradedQuery, TierQuery, graded_page, tier_page

__all__ = ["GradedQuery", "TierQuery", "graded_page", "tier_page"]
