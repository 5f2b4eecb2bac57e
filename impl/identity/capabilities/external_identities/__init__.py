"""Whose account an identity provider's word opens."""
