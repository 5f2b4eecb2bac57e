"""Capabilities that several features of the marketplace share; a capability has no operations of its own."""
