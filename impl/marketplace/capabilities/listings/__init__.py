"""Listings: the published text of each service, which everybody reads and searches."""
