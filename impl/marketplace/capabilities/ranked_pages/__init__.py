"""Capability `ranked_pages`: statements of pages in the order of relevance."""
