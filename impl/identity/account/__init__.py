"""Accounts and what their owners may change of them."""
