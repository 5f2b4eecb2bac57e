"""Forgotten and changed passwords."""
