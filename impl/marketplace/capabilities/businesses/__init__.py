"""Capability `businesses`: what is told in short of the business that something belongs to."""
