"""Single-use, short-lived tokens in mailed links, of which only the newest is valid."""
