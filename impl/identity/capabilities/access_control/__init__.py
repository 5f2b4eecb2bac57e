"""Roles, who holds them, and what they permit."""
