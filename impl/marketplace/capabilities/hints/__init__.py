"""Hints for moderators about submitted texts."""
