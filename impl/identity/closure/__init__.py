"""Accounts that their owners close, get back for a while, and that are erased after it; so are unverified ones."""
