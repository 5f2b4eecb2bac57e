"""Notifications of events, for the accounts that they concern."""
