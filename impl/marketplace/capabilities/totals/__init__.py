"""Totals of lines with prices, discounts and taxes, in minor units."""
