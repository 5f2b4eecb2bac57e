"""Mails about events of the marketplace, by the preferences of each person."""
