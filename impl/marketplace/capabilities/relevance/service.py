"""Order of relevance: the statements of a page, which a feature narrows by its own filters, and who reads it."""

from impl.marketplace.capabilities.ranked_pages.service import graded_page, tier_page
from impl.marketplace.capabilities.relevance.repository import Relevance
from impl.marketplace.capabilities.relevance.tables import RANK_LENGTH, Rank

__all__ = ["RANK_LENGTH", "Rank", "Relevance", "graded_page", "tier_page"]
