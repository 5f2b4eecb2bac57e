"""Decisions of staff on what providers submit."""
