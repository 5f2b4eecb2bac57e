"""Roles, their assignment to accounts, and the permissions that they grant."""
