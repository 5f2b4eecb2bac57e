"""Searches that homeowners save, and the mails about what is new in them."""
