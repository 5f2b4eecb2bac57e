"""Capability `filter_bits`: rows of listings that each value of a filter leaves, as bits (PostgreSQL only)."""
