"""Roles, their hierarchy, and what they permit."""
