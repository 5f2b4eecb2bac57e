"""Quotes: their table, and what both parties, inquiries and the worker change in them."""
