"""Quotes: written by providers, decided by homeowners, one accepted for an inquiry."""
