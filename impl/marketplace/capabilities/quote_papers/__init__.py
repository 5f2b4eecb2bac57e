"""Quotes on paper."""
