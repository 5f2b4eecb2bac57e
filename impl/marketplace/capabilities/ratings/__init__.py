"""Ratings of providers: sums of their published reviews."""
