"""Feature `providers`: the public pages of businesses, open to everybody."""
