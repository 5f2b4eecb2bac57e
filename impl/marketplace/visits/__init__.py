"""Visits of providers to look at the work, as both sides of a thread agree on them."""
