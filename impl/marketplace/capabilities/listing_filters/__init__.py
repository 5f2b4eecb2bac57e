"""Capability `listing_filters`: what filters ask of listings, for lists, counts and searches."""
