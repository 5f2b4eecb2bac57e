"""Capability `row_bits`: rows of listings as bits, by their numbers and their qualities."""
