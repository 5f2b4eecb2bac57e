"""Notifications: what has happened, for whoever it concerns."""
