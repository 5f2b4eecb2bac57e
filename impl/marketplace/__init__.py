"""Homeowners and service providers: what they own, offer and find."""
