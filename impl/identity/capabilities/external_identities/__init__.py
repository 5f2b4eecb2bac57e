"""Identities of external providers, and the accounts that they sign in to."""
